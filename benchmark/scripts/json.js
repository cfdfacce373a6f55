(json) => {
  const items = JSON.parse(json).filter((item) => item.id % 2 === 0);
  for (const item of items) {
    item.label = `${item.name}-${item.id}`;
  }
  return JSON.stringify(items);
}
