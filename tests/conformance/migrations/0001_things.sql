CREATE TABLE own_com_example_conformance__things (
    name VARCHAR(64) PRIMARY KEY,
    whole BIGINT,
    ratio DOUBLE PRECISION,
    price DECIMAL(10, 2),
    flag BOOLEAN,
    raw BLOB,
    -- A word of SQL, so that the host has to quote it.
    "nothing" TEXT
);
