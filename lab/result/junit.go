package result

import (
	"encoding/xml"
	"fmt"
	"io"
	"strings"
)

// JUnit writes the report as the XML that GitLab, Jenkins and GitHub read: a testsuite for each file, a testcase for each
// experiment, its parameters in the name, seed and replay line in the failure.
func JUnit(to io.Writer, r *Report) error {
	suites := junitSuites{}
	sweeps := map[[2]string]int{} // of an experiment: more than one if it was run on both engines
	for i := range r.Sweeps {
		sweeps[r.Sweeps[i].key()]++
	}
	for i := range r.Sweeps {
		s := &r.Sweeps[i]
		if n := len(suites.Suites); n == 0 || suites.Suites[n-1].Name != s.File {
			suites.Suites = append(suites.Suites, junitSuite{Name: s.File})
		}
		name := s.ID
		if sweeps[s.key()] > 1 {
			name += " " + s.Engine
		}
		suites.Suites[len(suites.Suites)-1].add(s, name)
	}
	for _, err := range r.NotLoaded {
		suite := junitSuite{Name: err.Pos.File, Tests: 1, Errors: 1, Time: "0"}
		suite.Cases = []junitCase{{Name: "load", Class: err.Pos.File, File: err.Pos.File, Line: err.Pos.Line, Time: "0", Error: &junitFailure{
			Message: err.Error(), Type: err.Class.String(), Text: err.Whole(),
		}}}
		suites.Suites = append(suites.Suites, suite)
	}
	if _, err := io.WriteString(to, xml.Header); err != nil {
		return err
	}
	e := xml.NewEncoder(to)
	e.Indent("", "  ")
	if err := e.Encode(suites); err != nil {
		return err
	}
	_, err := io.WriteString(to, "\n")
	return err
}

type junitSuites struct {
	XMLName xml.Name     `xml:"testsuites"`
	Suites  []junitSuite `xml:"testsuite"`
}

type junitSuite struct {
	Name     string      `xml:"name,attr"`
	Tests    int         `xml:"tests,attr"`
	Failures int         `xml:"failures,attr"`
	Errors   int         `xml:"errors,attr"`
	Skipped  int         `xml:"skipped,attr"`
	Time     string      `xml:"time,attr"` // seconds
	Cases    []junitCase `xml:"testcase"`
	wall     float64
}

type junitCase struct {
	Name    string        `xml:"name,attr"`
	Class   string        `xml:"classname,attr"`
	File    string        `xml:"file,attr"`
	Line    int           `xml:"line,attr"`
	Time    string        `xml:"time,attr"`
	Failure *junitFailure `xml:"failure"`
	Error   *junitFailure `xml:"error"`
	Skipped *junitFailure `xml:"skipped"`
	Out     string        `xml:"system-out,omitempty"`
}

type junitFailure struct {
	Message string `xml:"message,attr"`
	Type    string `xml:"type,attr,omitempty"`
	Text    string `xml:",chardata"`
}

func (u *junitSuite) add(s *Sweep, name string) {
	c := junitCase{
		Name: name, Class: s.File, File: s.File, Line: s.Line, Time: fmt.Sprintf("%.3f", s.Wall.Seconds()),
		Out: strings.Join(s.Prints, "\n"),
	}
	u.Tests++
	u.wall += s.Wall.Seconds()
	u.Time = fmt.Sprintf("%.3f", u.wall)
	switch {
	case len(s.Failures) > 0:
		first := &s.Failures[0].Run
		f := &junitFailure{Message: fmt.Sprintf("seed %d: %s", first.Seed, first.brief()), Type: string(first.Outcome), Text: Text{}.Sweep(s)}
		c.Out = strings.Join(first.Prints, "\n")
		if first.Outcome == Broken {
			u.Errors++
			c.Error = f
		} else {
			u.Failures++
			c.Failure = f
		}
	case s.NotRun:
		u.Skipped++
		c.Skipped = &junitFailure{Message: "not run"}
	case s.Interrupted || s.Enough || s.Skips == s.Runs:
		u.Skipped++
		reason := s.Reason
		if s.Interrupted || s.Enough {
			reason = s.ending()
		}
		c.Skipped = &junitFailure{Message: reason}
	}
	u.Cases = append(u.Cases, c)
}
