package main

import (
	"fmt"
	"time"

	"github.com/netlab-dev/netlab/lab"
	"github.com/netlab-dev/netlab/lab/result"
)

// How often progress is told at most: on a terminal, and where a log grows by a line each time.
const (
	progressPeriod = 100 * time.Millisecond
	logPeriod      = 10 * time.Second
)

// progress shows how far a long sweep has come: how many have failed so far, the rate, and the time left.
func (p *printer) progress(at lab.Progress) {
	p.mu.Lock()
	defer p.mu.Unlock()
	now := time.Now()
	period := logPeriod
	if p.watched {
		period = progressPeriod
	}
	if min(now.Sub(p.last), now.Sub(at.Since)) < period { // what came before the sweep, as a build, is no part of it
		return
	}
	p.last = now
	line := "  " + result.Visible(at.ID) + " " + progressText(at, now.Sub(at.Since))
	if !p.watched {
		fmt.Fprintln(p.err, line)
		return
	}
	p.wipe()
	p.shown = result.Columns(line)
	fmt.Fprint(p.err, line)
}

func progressText(at lab.Progress, took time.Duration) string {
	text := fmt.Sprintf("%d/%d", at.Done, at.Of)
	if at.Failed > 0 {
		text += fmt.Sprintf(", %d failed", at.Failed)
	}
	if took < time.Second || at.Done == 0 {
		return text
	}
	left := time.Duration(float64(took) / float64(at.Done) * float64(at.Of-at.Done))
	rate := fmt.Sprintf("%.0f", float64(at.Done)/took.Seconds())
	if len(rate) < 2 {
		rate = fmt.Sprintf("%.1f", float64(at.Done)/took.Seconds())
	}
	return text + fmt.Sprintf(", %s/s, %s left", rate, result.Rough(left.Round(time.Second)))
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
		text = "  " + result.Visible(text)
		p.shown = result.Columns(text)
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
