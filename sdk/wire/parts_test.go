package wire

import (
	"bytes"
	"strings"
	"testing"

	"google.golang.org/protobuf/proto"
)

func TestAValueOfVeryManyPartsIsRefusedBeforeItTakesMemory(t *testing.T) {
	list := append([]byte{13<<3 | 2, 0x80, 0x80, 0x80, 0x10}, bytes.Repeat([]byte{1<<3 | 2, 0}, 16<<20)...) // 16 Mi nothings
	var err error
	took := testing.AllocsPerRun(1, func() { _, err = DecodeValue(list) })
	if err == nil || !strings.Contains(err.Error(), "more than 2162688 parts") || took > 100 {
		t.Errorf("got %v, %v allocations", err, took)
	}
	if _, err := DecodeValue([]byte("\xff\xff")); err == nil || err.Error() != "a message of 2 bytes that is not a Value" {
		t.Errorf("damaged: got %v", err)
	}
	whole, merr := proto.Marshal(ToValue([]any{strings.Repeat("x", 2<<20), int64(1)}))
	if merr != nil {
		t.Fatal(merr)
	}
	if v, err := DecodeValue(whole); err != nil || len(v.([]any)) != 2 {
		t.Errorf("a large text: got %v", err)
	}
}
