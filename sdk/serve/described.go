package serve

import (
	"github.com/netlab-dev/netlab/sdk"
	"github.com/netlab-dev/netlab/sdk/manifest"
	"github.com/netlab-dev/netlab/sdk/origin"
)

// described is the manifest with what takes a while to find out, and what a node's process is never asked: which sources
// the program is made of.
func (s *served) described() *manifest.Manifest {
	s.complete.Do(func() {
		s.manifest.Lab = sdk.Version()
		if s.plugin.Sources != nil {
			s.manifest.Version = versionOf(&s.plugin)
		}
		from := map[string]*sdk.Plugin{} // by kind
		for _, k := range s.plugin.Kinds {
			from[k.Name] = k.From
		}
		versions := map[*sdk.Plugin]string{}
		for _, k := range s.manifest.Kinds {
			p := from[k.Name]
			if p == nil {
				continue
			}
			if _, known := versions[p]; !known {
				versions[p] = versionOf(p)
			}
			k.Plugin, k.PluginVersion = p.Name, versions[p]
		}
	})
	return s.manifest
}

func versionOf(p *sdk.Plugin) string {
	if p.Sources != nil {
		return origin.Of(p.Sources)
	}
	return p.Version
}
