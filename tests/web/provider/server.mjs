// A certified OpenID provider (node-oidc-provider) on loopback, for tests.
// Arguments as one JSON object: port, redirect, signed_out, logout (addresses of our server), people (claims by subject).
// Its pages for signing in and consenting are its own; any password is right.
import Provider from "oidc-provider";

const told = JSON.parse(process.argv[2]);

const provider = new Provider(`http://localhost:${told.port}`, {
  clients: [
    {
      client_id: "scanflow",
      client_secret: "a secret",
      redirect_uris: [told.redirect],
      post_logout_redirect_uris: [told.signed_out],
      grant_types: ["authorization_code", "refresh_token"],
      backchannel_logout_uri: told.logout,
      backchannel_logout_session_required: true,
    },
  ],
  claims: { openid: ["sub", "unit", "groups"], profile: ["name", "preferred_username"] },
  cookies: { keys: ["of a test"] },
  features: { backchannelLogout: { enabled: true }, devInteractions: { enabled: true } },
  async findAccount(_context, sub) {
    const claims = told.people[sub];
    return claims && { accountId: sub, claims: async () => ({ sub, ...claims }) };
  },
  // Loopback, which the library's own fetching refuses.
  fetch: (url, { dispatcher, ...options }) => fetch(url, options),
  // Refresh tokens also without offline_access, as many providers give them.
  issueRefreshToken: async () => true,
});

for (const event of ["backchannel.success", "backchannel.error"]) {
  provider.on(event, (_context, ...rest) => console.log(event, rest[0]?.message ?? ""));
}
provider.on("server_error", (_context, error) => console.error(error));
provider.listen(told.port, "127.0.0.1", () => console.log("listening"));
