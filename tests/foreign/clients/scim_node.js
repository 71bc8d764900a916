// Brings one user with scim-node (npm install --ignore-scripts scim-node@2.2.2), and deactivates the user.
// A small adapter plays the parts of a Gluu server that scim-node needs: UMA 2.0, its path, and its resource types. Every other request
// goes through unchanged, so the findings are about scim-node.
const http = require("http"), fs = require("fs"), crypto = require("crypto");
const base = new URL(process.env.SCIM_URL), token = process.env.SCIM_TOKEN, prefix = "/identity/restv1/scim/v2";
let origin;
const adapter = http.createServer((req, res) => {
  const json = (status, value, headers) => { res.writeHead(status, { "content-type": "application/json", ...headers }); res.end(JSON.stringify(value)); };
  if (req.url.endsWith("/uma2-configuration")) return json(200, { token_endpoint: origin + "/token" });
  if (req.url === "/token") return json(200, { access_token: token });
  const path = req.url.slice(prefix.length), discovery = /^\/(ServiceProviderConfig|ResourceTypes)$/.test(path);
  if (!req.headers.authorization && !discovery) return json(401, {}, { "www-authenticate": `UMA realm="x", as_uri="${origin}", ticket="t"` });
  const headers = { ...req.headers, host: base.host };
  if (discovery) headers.authorization = "Bearer " + token;
  const ask = http.request({ host: base.hostname, port: base.port, method: req.method, path: base.pathname + path, headers }, (answer) => {
    let body = []; answer.on("data", (d) => body.push(d)); answer.on("end", () => {
      body = Buffer.concat(body);
      if (path === "/ResourceTypes" && answer.statusCode === 200) {
        const list = JSON.parse(body);
        list.Resources.forEach((r) => { r.id = r.id || r.name; r.endpoint = "/scim/v2" + r.endpoint; });
        for (const id of ["FidoDevice", "Fido2Device"]) list.Resources.push({ id, endpoint: "/none" });
        body = Buffer.from(JSON.stringify(list));
      }
      const out = { ...answer.headers }; delete out["content-length"]; delete out["transfer-encoding"];
      res.writeHead(answer.statusCode, out); res.end(body);
    });
  });
  ask.on("error", () => req.socket.destroy());
  req.pipe(ask);
});
adapter.listen(0, "127.0.0.1", async () => {
  origin = "http://127.0.0.1:" + adapter.address().port;
  const key = crypto.generateKeyPairSync("rsa", { modulusLength: 2048, privateKeyEncoding: { type: "pkcs8", format: "pem" }, publicKeyEncoding: { type: "spki", format: "pem" } }).privateKey;
  const file = fs.mkdtempSync("/tmp/key-") + "/k.pem"; fs.writeFileSync(file, key);
  const scim = require("scim-node")({ keyAlg: "RS256", domain: origin, privateKey: file, clientId: "c", keyId: "k" }).scim2;
  const read = (text) => JSON.parse(text, (_, held) => held && typeof held === "object" && !Array.isArray(held)
    ? Object.fromEntries(Object.entries(held).map(([name, value]) => [name.toLowerCase(), value])) : held);
  const find = async () => (read(await scim.getUsers(1, 10, 'userName eq "anna@example.com"')).resources || [])[0];
  try {
    const wanted = { userName: "anna@example.com", displayName: "Anna", active: false };
    let user = await find();
    if (!user) await scim.addUser({ ...wanted, active: true }).catch((error) => { if (error.statusCode !== 409) throw error; });
    user = user || (await find());
    if (user.active || user.displayname !== "Anna") await scim.editUser(user.id, wanted);
    await scim.searchUsers('userName eq "anna@example.com"', 1, 10);
  } catch (error) {
    process.stderr.write(String(error).slice(0, 300) + "\n");
    process.exitCode = 1;
  }
  fs.rmSync(file); adapter.close(); setTimeout(() => process.exit(), 10);
});
