// What both pages need: asking the shop, showing money, making elements.

/** An answer that is not a success; its message is the shop's own sentence. */
export class NotOk extends Error {
  constructor(status, problem) {
    const text = problem?.detail ?? problem?.message;
    super(Array.isArray(text) ? text.join('; ') : (text ?? `The shop answered ${status}.`));
    this.status = status;
  }
}

/** Asks the shop; answers with the parsed body. Throws NotOk. */
export async function ask(method, path, body) {
  const response = await fetch(path, {
    method,
    headers: body === undefined ? {} : { 'content-type': 'application/json' },
    body: body === undefined ? undefined : JSON.stringify(body),
  });
  const text = await response.text();
  const json = text === '' ? undefined : JSON.parse(text);
  if (!response.ok) throw new NotOk(response.status, json);
  return json;
}

/** Like ask('GET', path), but `absent` where there is nothing. */
export async function find(path, absent) {
  try {
    return await ask('GET', path);
  } catch (error) {
    if (error instanceof NotOk && error.status === 404) return absent;
    throw error;
  }
}

/** An element with properties and children; strings become text, never markup. */
export function element(name, properties = {}, ...children) {
  const made = Object.assign(document.createElement(name), properties);
  made.append(...children);
  return made;
}

const amounts = new Intl.NumberFormat('en', { style: 'currency', currency: 'USD' });

/** An amount of money for people. */
export function money(amount) {
  return amounts.format(amount);
}

/** Says something in a status line; what went wrong is marked. */
export function say(line, text, bad = false) {
  line.textContent = text;
  line.classList.toggle('bad', bad);
}

/** A number input that keeps its value in the address, so that a page can be linked and reloaded. */
export function remembered(input, name, changed) {
  const address = new URL(location.href);
  if (address.searchParams.has(name)) input.value = address.searchParams.get(name);
  input.addEventListener('change', () => {
    if (!input.reportValidity()) return;
    address.searchParams.set(name, input.value);
    history.replaceState(null, '', address);
    changed();
  });
}
