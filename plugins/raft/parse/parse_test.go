package parse

import (
	"encoding/binary"
	"testing"
)

func TestValuesComeInTheirOrderAndAllOfThem(t *testing.T) {
	data := binary.AppendUvarint(nil, 300)
	data = binary.AppendVarint(data, -7)
	data = append(data, 'k', 2, 'o', 'k')
	p := Bytes{Rest: data}
	if u, i, b, text := p.Uvarint(), p.Varint(), p.Byte(), string(p.Text()); u != 300 || i != -7 || b != 'k' || text != "ok" {
		t.Errorf("read %d %d %q %q", u, i, b, text)
	}
	if p.Failed || len(p.Rest) != 0 {
		t.Errorf("left %+v", p)
	}
}

func TestReadingBeyondTheEndIsAMarkAndNoPanic(t *testing.T) {
	for name, read := range map[string]func(*Bytes){
		"uvarint": func(p *Bytes) { p.Uvarint() },
		"varint":  func(p *Bytes) { p.Varint() },
		"byte":    func(p *Bytes) { p.Byte() },
		"text":    func(p *Bytes) { p.Text() },
	} {
		p := Bytes{}
		if read(&p); !p.Failed {
			t.Errorf("%s of nothing: not marked", name)
		}
	}
	p := Bytes{Rest: []byte{5, 'a', 'b'}}
	if text := p.Text(); text != nil || !p.Failed || p.Uvarint() != 0 {
		t.Errorf("a text longer than its bytes: %q, %+v", text, p)
	}
}

func TestATextCannotGrowIntoWhatFollows(t *testing.T) {
	p := Bytes{Rest: []byte{1, 'a', 'b'}}
	if grown := append(p.Text(), 'x'); string(grown) != "ax" || p.Byte() != 'b' {
		t.Error("a text has overwritten what follows it")
	}
}
