(user) => {}
