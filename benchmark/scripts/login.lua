return function(user) end
