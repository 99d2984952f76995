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

// chromium is a Chromium without a window, driven over its DevTools protocol: objects of JSON, each ended by a zero byte,
// on file descriptors 3 and 4 (https://chromedevtools.github.io/devtools-protocol/). All tests share it: it takes seconds
// to start.
type chromium struct {
	cmd     *exec.Cmd
	folder  string
	to      *os.File
	answers chan answer
	id      int
}

// shared is started by the first test that needs it. Tests of pages do not run in parallel.
var shared *chromium

// browser is one page in it.
type browser struct {
	*chromium
	t       *testing.T
	session string
	// told is what the page has complained of, or asked the network for.
	told []string
}

func TestMain(m *testing.M) {
	code := m.Run()
	if shared != nil {
		shared.stop()
	}
	os.Exit(code)
}

type answer struct {
	ID      int             `json:"id"`
	Session string          `json:"sessionId"`
	Method  string          `json:"method"`
	Params  json.RawMessage `json:"params"`
	Result  json.RawMessage `json:"result"`
	Error   *struct {
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
	if shared == nil {
		shared = start(t, program)
	}
	b := &browser{chromium: shared, t: t}
	var target struct{ TargetID, SessionID string }
	b.call("Target.createTarget", map[string]any{"url": "about:blank", "newWindow": true, "width": width, "height": height}, &target)
	b.call("Target.attachToTarget", map[string]any{"targetId": target.TargetID, "flatten": true}, &target)
	b.session = target.SessionID
	t.Cleanup(func() {
		b.session = ""
		b.call("Target.closeTarget", map[string]any{"targetId": target.TargetID}, nil)
	})
	for _, domain := range []string{"Page", "Runtime", "Log", "Network"} {
		b.call(domain+".enable", nil, nil)
	}
	b.call("Page.navigate", map[string]any{"url": "file://" + path}, nil)
	b.until(`document.readyState === "complete" && document.documentElement.className === "works"`)
	return b
}

func start(t *testing.T, program string) *chromium {
	in, to, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	from, out, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	folder, err := os.MkdirTemp("", "lab-report-chromium-")
	if err != nil {
		t.Fatal(err)
	}
	c := &chromium{folder: folder, to: to, answers: make(chan answer, 1000)}
	c.cmd = exec.Command(program, "--headless", "--no-sandbox", "--disable-gpu", "--remote-debugging-pipe", "--no-first-run",
		"--user-data-dir="+folder, "about:blank")
	c.cmd.ExtraFiles = []*os.File{in, out}
	if err := c.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	_, _ = in.Close(), out.Close()
	go c.read(from)
	return c
}

// stop ends it: without its pipe it goes.
func (c *chromium) stop() {
	_, _ = c.to.Write([]byte(`{"id":0,"method":"Browser.close"}` + "\x00")) // how it goes does not matter
	_ = c.cmd.Wait()
	_ = os.RemoveAll(c.folder)
}

func (c *chromium) read(from *os.File) {
	defer close(c.answers)
	lines := bufio.NewReader(from)
	for {
		text, err := lines.ReadBytes(0)
		if err != nil {
			return
		}
		var a answer
		if json.Unmarshal(text[:len(text)-1], &a) == nil {
			c.answers <- a
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
	case a.Session != b.session: // of a page that another test has closed
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
