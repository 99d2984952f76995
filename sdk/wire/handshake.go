package wire

import (
	"fmt"
	"os"
	"time"
)

// What host and plugin must agree on before they can speak.
const (
	// MagicCookieKey and MagicCookieValue are the handshake cookie of go-plugin: an environment variable and its value.
	// It is no secret: it only tells a plugin that a host has started it, and not a person.
	MagicCookieKey   = "LAB_PLUGIN_COOKIE"
	MagicCookieValue = "labplugin-6a1c0f57"
	// ProtocolVersion is the major version of the protocol, labplugin.v1: the key of go-plugin's VersionedPlugins on both
	// sides. Minor versions are told apart by Manifest.features.
	ProtocolVersion = 1
	// PluginName is the name of the one entry in go-plugin's PluginSet.
	PluginName = "lab"
	// LifelineVariable is the environment variable that holds the number of an inherited file descriptor: the reading end
	// of a pipe whose other end only the host holds. The plugin exits when it reads end of file, so that a killed host
	// leaves no orphan.
	LifelineVariable = "LAB_LIFELINE"
	// ReattachVariable is the host's environment variable that names plugins that run already, in a debugger: a JSON
	// object from the plugin's name to a Reattach.
	ReattachVariable = "LAB_REATTACH"
	// SilenceVariable is the environment variable that holds how long a plugin's process may give no sign of a turn in sim.
	SilenceVariable = "LAB_SILENCE"
	// MaxMessage is the largest gRPC message in bytes, either way.
	MaxMessage = 64 << 20
)

// Silence is how long a plugin's process may give no sign of a turn in sim: 15 s, unless SilenceVariable holds another
// duration. A component that keeps control is told of after two thirds of it, by its own process, if that can.
func Silence() (time.Duration, error) {
	const usual, least = 15 * time.Second, 100 * time.Millisecond
	text := os.Getenv(SilenceVariable)
	if text == "" {
		return usual, nil
	}
	d, err := time.ParseDuration(text)
	if err != nil || d < least {
		return usual, fmt.Errorf("%s: got %.40q, want a duration of at least %v, such as 1m", SilenceVariable, text, least)
	}
	return d, nil
}

// Reattach says where a plugin that was started by the verb debug serves.
type Reattach struct {
	Network         string `json:"network"` // unix or tcp
	Address         string `json:"address"`
	Pid             int    `json:"pid"`
	ProtocolVersion int    `json:"protocol_version"`
}
