return function(key)
  return get_data(key)
end
