// Nobody is signed in: on one's own machine the address has the key, elsewhere the page's address leads to the login.

import { replace } from "./element.js"
import { panel } from "./panel.js"
import { WORDS } from "./words.js"

export function signedOut(main) {
  const local = document.querySelector("meta[name=reelsift-access]")?.content === "loopback"
  replace(
    main,
    panel({
      title: WORDS.signedOut.title,
      text: local ? [WORDS.signedOut.local] : [],
      primary: local ? null : { words: WORDS.signedOut.again, act: () => location.reload() },
    }),
  )
}
