//! `auth` and `admin/users`.

use super::{
    super::{
        operation::{delete, get, patch, post, put},
        schema::accounts::{
            Account, AccountPatch, Accounts, CreatedAccount, Credentials, NewAccount, NewPassword,
            Passwords, Session, SetPassword, Token, User,
        },
    },
    Group, PAGE,
};

pub(super) fn logins() -> Group {
    Group {
        name: "Logins",
        description: "Tokens for passwords.",
        operations: vec![
            post("/api/v1/auth/login", "login", "Log in")
                .takes::<Credentials>()
                .returns::<Token>(200, "A token, good for 30 days.")
                .refuses(&[401, 403, 429]),
            post("/api/v1/auth/logout", "logout", "End the token")
                .for_users()
                .returns_nothing("The token is no longer good."),
            delete(
                "/api/v1/auth/tokens",
                "logoutEverywhere",
                "End every token of the user",
            )
            .for_users()
            .returns_nothing("No token of the user is good any longer."),
            get("/api/v1/auth/me", "whoAmI", "Show who asks")
                .for_users()
                .returns::<User>(200, "The user."),
            put(
                "/api/v1/auth/password",
                "changePassword",
                "Change the own password, and end every other login",
            )
            .for_users()
            .takes::<Passwords>()
            .returns_nothing("It is changed.")
            .refuses(&[403, 429]),
            post(
                "/api/v1/auth/session",
                "beginSession",
                "Log in with a cookie, from the console's page",
            )
            .for_the_console()
            .takes::<Credentials>()
            .returns::<Session>(200, "The user. `Set-Cookie` has the token.")
            .refuses(&[401, 403, 405, 429]),
            delete(
                "/api/v1/auth/session",
                "endSession",
                "End the token, and take the cookie away",
            )
            .for_users()
            .returns_nothing("The token is no longer good.")
            .refuses(&[403]),
        ],
    }
}

pub(super) fn accounts() -> Group {
    Group {
        name: "Accounts",
        description: "Users, for admins.",
        operations: vec![
            get(
                "/api/v1/admin/users",
                "listAccounts",
                "List accounts by name",
            )
            .for_admins()
            .query(&PAGE)
            .returns::<Accounts>(200, "A page of accounts.")
            .refuses(&[422]),
            post("/api/v1/admin/users", "createAccount", "Make an account")
                .for_admins()
                .takes::<NewAccount>()
                .returns::<CreatedAccount>(201, "The account."),
            get(
                "/api/v1/admin/users/{username}",
                "readAccount",
                "Show an account",
            )
            .for_admins()
            .returns::<Account>(200, "The account."),
            patch(
                "/api/v1/admin/users/{username}",
                "patchAccount",
                "Give a user another role",
            )
            .for_admins()
            .takes::<AccountPatch>()
            .returns::<Account>(200, "The account.")
            .refuses(&[409]),
            delete(
                "/api/v1/admin/users/{username}",
                "removeAccount",
                "Remove an account",
            )
            .for_admins()
            .returns_nothing("It is gone. What the user has written stays.")
            .refuses(&[409]),
            put(
                "/api/v1/admin/users/{username}/password",
                "setPassword",
                "Set a password, and end every login of the user",
            )
            .for_admins()
            .takes::<NewPassword>()
            .returns::<SetPassword>(200, "The password is set."),
            post(
                "/api/v1/admin/users/{username}/disable",
                "disableAccount",
                "Keep a user from logging in, and end every login",
            )
            .for_admins()
            .returns::<Account>(200, "The account.")
            .refuses(&[409]),
            post(
                "/api/v1/admin/users/{username}/enable",
                "enableAccount",
                "Let a user log in again",
            )
            .for_admins()
            .returns::<Account>(200, "The account."),
        ],
    }
}
