package pcap_test

import (
	"bytes"
	"encoding/json"
	"testing"

	"github.com/netlab-dev/netlab/lab/pcap"
	"github.com/netlab-dev/netlab/lab/result"
)

// FuzzEveryStoryIsAFileOrAnError takes a story and its packets as lines of JSON write them.
func FuzzEveryStoryIsAFileOrAnError(f *testing.F) {
	for _, run := range []*result.Run{messages(), stream(2)} {
		story, err := json.Marshal(run.Story)
		if err != nil {
			f.Fatal(err)
		}
		list, err := json.Marshal(run.Story.Packets)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(story, list)
	}
	f.Fuzz(func(t *testing.T, story, list []byte) {
		run := &result.Run{Outcome: result.Passed, Story: &result.Story{}}
		if json.Unmarshal(story, run.Story) != nil || json.Unmarshal(list, &run.Story.Packets) != nil {
			return
		}
		var text bytes.Buffer
		if err := pcap.Write(&text, report(run, run)); err != nil {
			return
		}
		if _, frames := read(t, text.Bytes()); len(frames) != 2*len(run.Story.Packets) {
			t.Errorf("%d packets are read back, want %d twice", len(frames), len(run.Story.Packets))
		}
	})
}
