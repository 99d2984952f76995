package script
import ("testing";"context";"strings";"fmt";"time")
func TestZZ(t *testing.T){
	n := maxSource
	rep := func(pre, mid, post string, unit int) string { k := (n-10-len(mid))/unit; return pre0(pre,k)+mid+pre0(post,k) }
	for _, c := range []string{
		rep("(","1",")",2), rep("[","1","]",2), rep("-","1","",1), rep("not ","1","",4), rep("lambda:","1","",7), rep("1 if 1 else ","1","",12),
		rep("f(","1",")",3), "x"+pre0(".a",n/2-2), "x"+pre0("[0]",n/3-2), "check("+rep("(","x",")",2)[:n/2]+")",
		"def test_x(lab):\n  check("+pre0("(",n/3)+"lab"+pre0(")",n/3)+")",
		"def test_x(lab):\n  check("+pre0("-",n/2)+"lab"+")",
		"def test_x(lab):\n  check("+pre0("not ",n/5)+"lab"+")",
		"def test_x(lab):\n  check("+pre0("f(",n/4)+"lab"+pre0(")",n/4)+")",
		"x = "+pre0("1+",n/3)+"1", "x="+pre0("1 and ",n/7)+"1", "def test_x(lab):\n check("+pre0("a and ",n/7)+"a)",
		"def test_x(lab):\n check("+pre0("a + ",n/7)+"a)",
		pre0("{1:",n/5)+"1"+pre0("}",n/5),
	} {
		start := time.Now()
		_, err := Load(context.Background(), "x.star", LoadOptions{Read: reader(map[string]string{"x.star": c})})
		s := "<nil>"
		if err != nil { s = err.Error(); if len(s)>100 {s=s[:100]} }
		fmt.Println(len(c), c[:20], time.Since(start), s)
	}
}
func pre0(s string, k int) string { return strings.Repeat(s,k) }
