// Passkeys: asks the browser for what a form is waiting for, and posts the answer.
// https://www.w3.org/TR/webauthn-3/
"use strict";
(() => {
	const bytes = text => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), c => c.charCodeAt(0));
	const text = buffer => btoa(String.fromCharCode(...new Uint8Array(buffer))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
	const named = list => (list || []).map(c => ({ ...c, id: bytes(c.id) }));

	async function ask(how, options) {
		const o = { ...options, challenge: bytes(options.challenge) };
		if (how === "create") {
			o.user = { ...o.user, id: bytes(o.user.id) };
			o.excludeCredentials = named(o.excludeCredentials);
			return navigator.credentials.create({ publicKey: o });
		}
		o.allowCredentials = named(o.allowCredentials);
		return navigator.credentials.get({ publicKey: o });
	}

	function told(c) {
		const r = c.response, response = { clientDataJSON: text(r.clientDataJSON) };
		if (r.attestationObject) {
			response.attestationObject = text(r.attestationObject);
			response.transports = r.getTransports ? r.getTransports() : [];
		} else {
			response.authenticatorData = text(r.authenticatorData);
			response.signature = text(r.signature);
			if (r.userHandle) response.userHandle = text(r.userHandle);
		}
		return JSON.stringify({ id: c.id, rawId: text(c.rawId), type: c.type, response, clientExtensionResults: {},
			...(c.authenticatorAttachment ? { authenticatorAttachment: c.authenticatorAttachment } : {}) });
	}

	for (const form of document.querySelectorAll("form[data-passkey]")) {
		const stopped = form.querySelector("[role=alert]");
		let asking = false;
		form.addEventListener("submit", async event => {
			event.preventDefault();
			if (asking) return;
			asking = true;
			stopped.hidden = true;
			try {
				form.elements.answer.value = told(await ask(form.dataset.passkey, JSON.parse(form.dataset.options).publicKey));
				form.submit();
			} catch {
				stopped.hidden = false;
				asking = false;
			}
		});
	}
})();
