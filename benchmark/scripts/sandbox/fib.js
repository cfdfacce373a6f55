function fib(n) {
  return n < 2 ? n : fib(n - 1) + fib(n - 2);
}

export function filter_html(n) {
  return String(fib(Number(n)));
}
