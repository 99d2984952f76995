package sdk

import (
	"embed"

	"github.com/netlab-dev/netlab/sdk/manifest"
	"github.com/netlab-dev/netlab/sdk/origin"
)

// The patterns leave out tests: their names end in _test.go. A test sees to it that they leave out nothing else.
//
//go:embed *[^t].go *[^s]t.go */*[^t].go */*[^s]t.go */*[^e]st.go */*[^t]est.go
var sources embed.FS

// described is the manifest with what takes a while to find out, and what a node's process is never asked: which sources
// the program is made of.
func (s *served) described() *manifest.Manifest {
	s.complete.Do(func() {
		s.manifest.Lab = origin.Of(sources)
		if s.plugin.Sources != nil {
			s.manifest.Version = s.plugin.version()
		}
		from := map[string]*Plugin{} // by kind
		for _, k := range s.plugin.Kinds {
			from[k.Name] = k.from
		}
		versions := map[*Plugin]string{}
		for _, k := range s.manifest.Kinds {
			p := from[k.Name]
			if p == nil {
				continue
			}
			if _, known := versions[p]; !known {
				versions[p] = p.version()
			}
			k.Plugin, k.PluginVersion = p.Name, versions[p]
		}
	})
	return s.manifest
}

func (p *Plugin) version() string {
	if p.Sources != nil {
		return origin.Of(p.Sources)
	}
	return p.Version
}
