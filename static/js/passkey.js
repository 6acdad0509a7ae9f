// Asks the browser for a passkey and sends its answer with the form: <form data-passkey="create|get" data-options="...">.

// Binary data travels as URL-safe base64 (WebAuthn Level 3, JSON).
const toBytes = (text) => Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (c) => c.charCodeAt(0));
const toText = (bytes) =>
  btoa(String.fromCharCode(...new Uint8Array(bytes))).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");

function read({ publicKey }) {
  const ids = (list = []) => list.map((one) => ({ ...one, id: toBytes(one.id) }));
  const options = { ...publicKey, challenge: toBytes(publicKey.challenge) };
  if (options.user) options.user = { ...options.user, id: toBytes(options.user.id) };
  if (options.excludeCredentials) options.excludeCredentials = ids(options.excludeCredentials);
  if (options.allowCredentials) options.allowCredentials = ids(options.allowCredentials);
  return { publicKey: options };
}

function written(credential) {
  const response = {};
  for (const part of ["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"]) {
    if (credential.response[part]) response[part] = toText(credential.response[part]);
  }
  return JSON.stringify({
    id: credential.id,
    rawId: toText(credential.rawId),
    type: credential.type,
    clientExtensionResults: credential.getClientExtensionResults(),
    response,
  });
}

function wire(form) {
  const failed = form.querySelector("[data-passkey-failed]");
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    failed.hidden = true;
    try {
      const credential = await navigator.credentials[form.dataset.passkey](read(JSON.parse(form.dataset.options)));
      form.elements.credential.value = written(credential);
      form.submit();
    } catch {
      failed.hidden = false;
    }
  });
  form.querySelector("[data-passkey-button]").hidden = false;
  for (const words of document.querySelectorAll("[data-passkey-none]")) words.hidden = true;
}

if (window.PublicKeyCredential) {
  for (const form of document.querySelectorAll("form[data-passkey]")) wire(form);
}
