package main

import (
	"fmt"
	"time"
	"unicode/utf8"
)

// progressPeriod is how often the progress line changes at most.
const progressPeriod = 100 * time.Millisecond

// progress shows how far a long sweep has come, when a terminal watches.
func (p *printer) progress(id string, done, of int) {
	if !p.watched {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if now := time.Now(); now.Sub(p.last) > progressPeriod {
		p.last = now
		line := fmt.Sprintf("  %s %d/%d", id, done, of)
		p.wipe()
		p.shown = len(line)
		fmt.Fprint(p.err, line)
	}
}

// building shows that a plugin is being built, when a terminal watches; an empty text removes that.
func (p *printer) building(text string) {
	if !p.watched {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.wipe()
	if text != "" {
		text = "  " + visible(text)
		p.shown = utf8.RuneCountInString(text)
		fmt.Fprint(p.err, text)
	}
}

// clear removes the progress line.
func (p *printer) clear() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.wipe()
}

func (p *printer) wipe() {
	if p.shown > 0 {
		fmt.Fprintf(p.err, "\r%*s\r", p.shown, "")
		p.shown = 0
	}
}
