package serve

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// reserved are the words that a Starlark script cannot use as a name, not even after a dot.
var reserved = strings.Fields(`and as assert async await break class continue def del elif else except finally for from
	global if import in is lambda load nonlocal not or pass raise return try while with yield`)

// Names that belong to the lab, each with where.
var (
	labConfig  = []string{"name", "count", "peers"} // parameters of lab.add
	labMethod  = []string{"timeout"}                // every method takes it
	labNode    = strings.Fields(`name addr state kind configure crash restart pause resume clock disk`)
	labAnswer  = strings.Fields(`ok failed unknown error took`) // attributes of every answer
	labEvent   = strings.Fields(`name node at since`)           // attributes of every event, and words of lab.events
	labMessage = strings.Fields(`src dst type since`)           // words of lab.messages
	wordForm   = regexp.MustCompile(`^[a-z][a-z0-9_]*$`)
	hyphenForm = regexp.MustCompile(`^[a-z][a-z0-9]*(-[a-z0-9]+)*$`)
)

// checkWord says what is wrong with a name that scripts use as a keyword or after a dot.
func checkWord(name string, taken []string, owner string) error {
	switch {
	case !wordForm.MatchString(name):
		return fmt.Errorf("want lower-case letters, digits and underscores, starting with a letter")
	case slices.Contains(reserved, name):
		return fmt.Errorf("a reserved word of the script language; choose another name%s", instead(name))
	case slices.Contains(taken, name):
		return fmt.Errorf("%s; choose another name", owner)
	}
	return nil
}

func instead(name string) string {
	switch name {
	case "from":
		return ", for instance src"
	case "load":
		return ", for instance drive"
	case "is", "in", "as":
		return ""
	}
	return ", for instance " + name + "_"
}

// checkHyphened says what is wrong with the name of a plugin or kind, which scripts write as text.
func checkHyphened(name string) error {
	if !hyphenForm.MatchString(name) {
		return fmt.Errorf("want lower-case letters and digits with single hyphens between, such as tcp-echo")
	}
	return nil
}
