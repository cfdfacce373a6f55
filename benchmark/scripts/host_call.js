(key) => get_data(key)
