// Works out the number that the form has to carry (events/proof_of_work.py) while somebody types, so that they need not
// answer a question. Where this cannot run, or fails, the question stays.
const AT_ONCE = 256;

const leadingZeros = (digest) => {
  let zeros = 0;
  for (const byte of new Uint8Array(digest)) {
    if (byte) return zeros + Math.clz32(byte) - 24;
    zeros += 8;
  }
  return zeros;
};

const solve = async (challenge, bits) => {
  const encoder = new TextEncoder();
  for (let first = 0; ; first += AT_ONCE) {
    const numbers = Array.from({ length: AT_ONCE }, (_, n) => first + n);
    const digests = await Promise.all(numbers.map((n) => crypto.subtle.digest("SHA-256", encoder.encode(`${challenge} ${n}`))));
    const found = digests.findIndex((digest) => leadingZeros(digest) >= bits);
    if (found >= 0) return first + found;
    // Lets the page answer keys and touches in between.
    await new Promise((resolve) => setTimeout(resolve));
  }
};

const form = document.querySelector("form[data-work]");
const question = form?.querySelector("[data-question]");

if (form && globalThis.crypto?.subtle) {
  let isReady = false;
  question.hidden = true;
  const work = solve(form.elements.challenge.value, Number(form.dataset.work))
    .then((number) => {
      form.elements.solution.value = number;
      form.elements.day.value = "";
    })
    .catch(() => {
      question.hidden = false;
    })
    .finally(() => {
      isReady = true;
    });
  form.addEventListener("submit", async (event) => {
    if (isReady) return;
    event.preventDefault();
    await work;
    form.requestSubmit();
  });
}
