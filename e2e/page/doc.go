// Package page looks at the status page in a real browser: headless Chromium, driven
// by its chromedriver over the WebDriver protocol. What it looks at is a bad night in
// a ring of three, with a page for everything that can go wrong.
//
// Its tests run with ADXEXPORTER_E2E=1, are skipped where there is no chromedriver,
// and download nothing. With -update they take the pictures of the guide anew.
package page
