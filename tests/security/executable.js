// Parses each [name, html] as this browser would and gives what could run, load or lead away in it.
(pages) => {
  const ours = /^(?:\/(?!\/)|#|\?|\.|$|https:\/\/(?:noborder\.example|testserver|localhost:\d+)(?:\/|$))/;
  const data = new Set(["application/ld+json", "application/json"]);
  const never = "iframe[srcdoc], object, embed, base, style, [style], math, foreignObject, animate, set, portal, frame";
  const found = [];
  for (const [name, html] of pages) {
    const page = new DOMParser().parseFromString(html, "text/html");
    // A mail has its style in its head, as mail programs need it.
    const isMail = page.querySelector("body[style], table[role], head > style") && !page.querySelector("link[rel=stylesheet]");
    const tell = (node) => found.push(`${name}: ${node.outerHTML.slice(0, 200)}`);
    for (const node of page.querySelectorAll(never)) {
      if (!(isMail && (node.matches("head > style") || node.matches("[style]")))) tell(node);
    }
    for (const node of page.querySelectorAll("*")) {
      if ([...node.attributes].some((attribute) => /^on/i.test(attribute.name))) tell(node);
      for (const attribute of ["href", "src", "action", "formaction", "xlink:href", "data", "ping", "poster", "srcset"]) {
        const value = (node.getAttribute(attribute) || "").replace(/[\u0000- ]/g, "").toLowerCase();
        if (/^(?:javascript|vbscript|data):/.test(value) && !(node.matches("img") && /^data:image\//.test(value))) tell(node);
      }
    }
    for (const node of page.querySelectorAll("script")) {
      if (!(node.src ? ours.test(node.getAttribute("src")) : data.has(node.type))) tell(node);
    }
    for (const node of page.querySelectorAll("link[rel=stylesheet], img, iframe, source, video, audio")) {
      const from = node.getAttribute("href") || node.getAttribute("src") || "";
      if (!ours.test(from) && !/^data:image\//.test(from)) tell(node);
    }
    for (const node of page.querySelectorAll("form")) {
      if (!ours.test(node.getAttribute("action") || "")) tell(node);
    }
    for (const node of page.querySelectorAll("meta[http-equiv]")) if (!/^\d+$/.test(node.content)) tell(node);
  }
  return found;
}
