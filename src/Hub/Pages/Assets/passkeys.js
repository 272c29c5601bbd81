// Passkeys: registering one on the account page, signing in with one. The pages work without.
"use strict";

const passkeys = (() => {
  const area = document.querySelector("[data-passkeys]");
  const refusal = document.querySelector("[data-passkey-refusal]");
  const missing = document.querySelector("[data-passkeys-missing]");
  const token = () => document.querySelector("input[name=__RequestVerificationToken]").value;

  /** Why there are none, or null: browsers bind them to a name, never to a bare address, and to HTTPS. */
  function reason() {
    if (!window.isSecureContext) {
      return "Passkeys need HTTPS, or the name localhost.";
    }
    if (/^[\d.]+$|^\[/.test(location.hostname)) {
      return `Passkeys need a name, not an address: open this page as ${location.protocol}//localhost:${location.port}/ on this machine.`;
    }
    return typeof window.PublicKeyCredential?.parseCreationOptionsFromJSON === "function" ? null : "This browser has no passkeys.";
  }

  async function post(path, body) {
    const answer = await fetch(path, { method: "POST", headers: { "X-CSRF-TOKEN": token(), "Content-Type": "application/json" }, body });
    if (!answer.ok) {
      const problem = await answer.json().catch(() => null);
      throw new Error(problem?.title ?? "It did not work: try again.");
    }
    return answer;
  }

  async function add() {
    const options = await (await post("/account/passkeys/options", "")).json();
    const credential = await navigator.credentials.create({ publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(options) });
    const name = area.querySelector("[data-passkey-name]").value.trim() || "Passkey";
    await post("/account/passkeys", JSON.stringify({ name, credential: credential.toJSON() }));
    location.assign("/account?done=passkey");
  }

  async function signIn() {
    const options = await (await post("/sign-in/passkey/options", "")).json();
    const credential = await navigator.credentials.get({ publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(options) });
    await post("/sign-in/passkey", JSON.stringify(credential.toJSON()));
    location.assign("/");
  }

  function say(text) {
    refusal.textContent = text;
    refusal.hidden = text === "";
  }

  function begin() {
    const why = reason();
    if (why !== null) {
      if (missing) {
        missing.textContent = why;
        missing.hidden = false;
      }
      return;
    }
    area.hidden = false;
    const button = area.querySelector("[data-passkey-button]");
    button.addEventListener("click", async () => {
      say("");
      button.disabled = true;
      try {
        await (area.dataset.passkeys === "add" ? add() : signIn());
      } catch (error) {
        say(error.name === "NotAllowedError" ? "No passkey was chosen."
          : error.name === "InvalidStateError" ? "This device has a passkey for you already." : error.message);
        button.disabled = false;
      }
    });
  }

  return { area, begin };
})();

if (passkeys.area) {
  passkeys.begin();
}
