// Answers questions with Shopify's own library. Standard input is
// {app: {...}, questions: [...]}, standard output the answers in the same
// sequence; each is {ok, ...} or {ok: false, error}.
import process from 'node:process';
import {text} from 'node:stream/consumers';

const {app, questions} = JSON.parse(await text(process.stdin));

// The library takes hold of fetch when it is loaded: this one answers as the
// question says, and keeps what was asked.
let asked, tokens;
globalThis.fetch = async (url, options) => {
  asked = {url: String(url), method: options.method, body: JSON.parse(options.body)};
  return new Response(JSON.stringify(tokens), {status: 200, headers: {'Content-Type': 'application/json'}});
};
await import('@shopify/shopify-api/adapters/web-api');
const {shopifyApi, AuthScopes, RequestedTokenType} = await import('@shopify/shopify-api');
const shopify = shopifyApi({
  apiKey: app.id,
  apiSecretKey: app.secret,
  apiVersion: app.version,
  hostName: app.host,
  scopes: app.scopes,
  isEmbeddedApp: true,
  logger: {log: () => {}},
});

const granted = ({session}) => ({
  ok: true,
  asked,
  shop: session.shop,
  token: session.accessToken,
  refresh: session.refreshToken,
  scope: session.scope,
});

const kinds = {
  webhook: async ({headers, body}) => {
    const rawRequest = new Request('https://app.example/webhooks/shopify', {method: 'POST', headers, body});
    const {valid} = await shopify.webhooks.validate({rawBody: body, rawRequest});
    return {ok: valid};
  },
  query: async ({query}) => ({ok: await shopify.utils.validateHmac(query)}),
  token: async ({token}) => ({ok: true, payload: await shopify.session.decodeSessionToken(token)}),
  shop: async ({shop}) => ({ok: shopify.utils.sanitizeShop(shop) !== null}),
  scope: async ({granted, needed}) => ({ok: new AuthScopes(granted).has(needed)}),
  begin: async ({shop, path}) => {
    const rawRequest = new Request(`https://${app.host}/auth`);
    const response = await shopify.auth.begin({shop, callbackPath: path, isOnline: false, rawRequest});
    return {ok: true, location: response.headers.get('Location'), cookies: response.headers.getSetCookie()};
  },
  callback: async ({url, cookie, answer}) => {
    tokens = answer;
    const rawRequest = new Request(url, {headers: {Cookie: cookie}});
    return granted(await shopify.auth.callback({rawRequest, expiring: true}));
  },
  exchange: async ({shop, token, answer}) => {
    tokens = answer;
    const requestedTokenType = RequestedTokenType.OfflineAccessToken;
    return granted(await shopify.auth.tokenExchange({shop, sessionToken: token, requestedTokenType, expiring: true}));
  },
  refresh: async ({shop, token, answer}) => {
    tokens = answer;
    return granted(await shopify.auth.refreshToken({shop, refreshToken: token}));
  },
};

const answers = [];
for (const question of questions) {
  asked = undefined;
  try {
    answers.push(await kinds[question.kind](question));
  } catch (error) {
    answers.push({ok: false, error: error.constructor.name});
  }
}
process.stdout.write(JSON.stringify(answers));
