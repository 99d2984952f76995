package report

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"
)

// browser is a Chromium without a window, driven over its DevTools protocol: objects of JSON, each ended by a zero byte,
// on file descriptors 3 and 4 (https://chromedevtools.github.io/devtools-protocol/).
type browser struct {
	t       *testing.T
	to      *os.File
	answers chan answer
	session string
	id      int
	// told is what the page has complained of, or asked the network for.
	told []string
}

type answer struct {
	ID     int             `json:"id"`
	Method string          `json:"method"`
	Params json.RawMessage `json:"params"`
	Result json.RawMessage `json:"result"`
	Error  *struct {
		Message string `json:"message"`
	} `json:"error"`
}

// patience is how long the browser may take for one answer.
const patience = time.Minute

// browse opens a page of so many pixels, or skips the test where there is no Chromium.
func browse(t *testing.T, path string, width, height int) *browser {
	t.Helper()
	program := ""
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome", "chrome"} {
		if found, err := exec.LookPath(name); err == nil && program == "" {
			program = found
		}
	}
	if program == "" || testing.Short() {
		t.Skip("needs a chromium, chromium-browser, google-chrome or chrome in PATH, and no -short")
	}
	b := &browser{t: t, answers: make(chan answer, 1000)}
	b.start(program, width, height)
	var target struct{ TargetID, SessionID string }
	b.call("Target.createTarget", map[string]any{"url": "about:blank"}, &target)
	b.call("Target.attachToTarget", map[string]any{"targetId": target.TargetID, "flatten": true}, &target)
	b.session = target.SessionID
	for _, domain := range []string{"Page", "Runtime", "Log", "Network"} {
		b.call(domain+".enable", nil, nil)
	}
	b.call("Page.navigate", map[string]any{"url": "file://" + path}, nil)
	b.until(`document.readyState === "complete" && document.documentElement.className === "works"`)
	return b
}

func (b *browser) start(program string, width, height int) {
	in, to, err := os.Pipe()
	if err != nil {
		b.t.Fatal(err)
	}
	from, out, err := os.Pipe()
	if err != nil {
		b.t.Fatal(err)
	}
	cmd := exec.Command(program, "--headless", "--no-sandbox", "--disable-gpu", "--remote-debugging-pipe", "--no-first-run",
		"--user-data-dir="+b.t.TempDir(), fmt.Sprintf("--window-size=%d,%d", width, height), "about:blank")
	cmd.ExtraFiles = []*os.File{in, out}
	if err := cmd.Start(); err != nil {
		b.t.Fatal(err)
	}
	_, _ = in.Close(), out.Close()
	b.to = to
	go b.read(from)
	b.t.Cleanup(func() {
		b.session = ""
		b.call("Browser.close", nil, nil)
		_ = cmd.Wait() // it has been asked to go, how does not matter
		_ = to.Close()
	})
}

func (b *browser) read(from *os.File) {
	defer close(b.answers)
	lines := bufio.NewReader(from)
	for {
		text, err := lines.ReadBytes(0)
		if err != nil {
			return
		}
		var a answer
		if json.Unmarshal(text[:len(text)-1], &a) == nil {
			b.answers <- a
		}
	}
}

// call calls a method and waits for its answer.
func (b *browser) call(method string, params, result any) {
	b.t.Helper()
	b.id++
	message := map[string]any{"id": b.id, "method": method, "params": params}
	if params == nil {
		message["params"] = struct{}{}
	}
	if b.session != "" {
		message["sessionId"] = b.session
	}
	text, err := json.Marshal(message)
	if err == nil {
		_, err = b.to.Write(append(text, 0))
	}
	if err != nil {
		b.t.Fatal(err)
	}
	late := time.After(patience)
	for {
		select {
		case a, ok := <-b.answers:
			switch {
			case !ok && method == "Browser.close":
				return
			case !ok:
				b.t.Fatalf("%s: the browser is gone", method)
			case a.ID != b.id:
				b.note(a)
				continue
			case a.Error != nil:
				b.t.Fatalf("%s: %s", method, a.Error.Message)
			case result != nil:
				if err := json.Unmarshal(a.Result, result); err != nil {
					b.t.Fatal(err)
				}
			}
			return
		case <-late:
			b.t.Fatalf("%s: no answer in %s", method, patience)
		}
	}
}

// note keeps what nobody wants to hear of a page.
func (b *browser) note(a answer) {
	text := string(a.Params)
	switch {
	case a.Method == "Runtime.exceptionThrown", a.Method == "Log.entryAdded", a.Method == "Runtime.consoleAPICalled":
		b.told = append(b.told, a.Method+" "+text)
	case a.Method == "Network.requestWillBeSent" && !strings.Contains(text, `"url":"file://`) && !strings.Contains(text, `"url":"about:`):
		b.told = append(b.told, a.Method+" "+text)
	}
}

// js evaluates an expression in the page, waits for it if it is a promise, and puts its value into result.
func (b *browser) js(expression string, result any) {
	b.t.Helper()
	var got struct {
		Result           struct{ Value json.RawMessage }
		ExceptionDetails *struct {
			Exception struct{ Description string }
		}
	}
	b.call("Runtime.evaluate", map[string]any{"expression": expression, "awaitPromise": true, "returnByValue": true}, &got)
	if got.ExceptionDetails != nil {
		b.t.Fatalf("%s: %s", expression, got.ExceptionDetails.Exception.Description)
	}
	if result != nil && len(got.Result.Value) > 0 {
		if err := json.Unmarshal(got.Result.Value, result); err != nil {
			b.t.Fatalf("%s: %v", expression, err)
		}
	}
}

// until waits until an expression is true.
func (b *browser) until(expression string) {
	b.t.Helper()
	b.js(`new Promise((done, fail) => {
		const begin = performance.now(), look = () => {
			if (`+expression+`) done(true);
			else if (performance.now() - begin > 30000) fail(new Error("in vain"));
			else setTimeout(look, 10);
		};
		look();
	})`, nil)
}

// text is the text of the first element of that selector.
func (b *browser) text(selector string) (text string) {
	b.t.Helper()
	b.js(fmt.Sprintf(`document.querySelector(%q).textContent`, selector), &text)
	return text
}

// click clicks at a place of the diagram.
func (b *browser) click(x, y float64) {
	b.t.Helper()
	var box struct{ X, Y float64 }
	b.js(`(() => { const r = document.querySelector("section.run:not([hidden]) canvas").getBoundingClientRect(); return {X: r.x, Y: r.y}; })()`, &box)
	for _, kind := range []string{"mousePressed", "mouseReleased"} {
		b.call("Input.dispatchMouseEvent", map[string]any{"type": kind, "x": box.X + x, "y": box.Y + y, "button": "left", "clickCount": 1}, nil)
	}
}
