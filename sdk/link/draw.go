package link

import (
	"fmt"
	"math"
	"strconv"
	"time"
)

// Distribution names the shape of a Draw.
type Distribution uint8

// The distributions. See the constructors for the meaning of their parameters.
const (
	Fixed Distribution = iota
	Uniform
	Exponential
	Normal
	LogNormal
	Pareto
)

// Draw is a duration that is drawn anew each time: a distribution with its parameters. The zero Draw is always 0.
// Which fields count depends on the distribution:
//
//	Fixed        A: the value
//	Uniform      A: low, B: high
//	Exponential  A: mean
//	Normal       A: mean, B: standard deviation (results below 0 become 0 where a duration is wanted)
//	LogNormal    A: median, Shape: sigma of the logarithm
//	Pareto       A: smallest value, Shape: alpha
type Draw struct {
	Distribution Distribution
	A, B         time.Duration
	Shape        float64
}

// NewFixed is always d.
func NewFixed(d time.Duration) Draw { return Draw{A: d} }

// NewUniform is evenly spread from low to high.
func NewUniform(low, high time.Duration) Draw { return Draw{Distribution: Uniform, A: low, B: high} }

// NewExponential is the time between independent events that come every mean: often short, sometimes long.
func NewExponential(mean time.Duration) Draw { return Draw{Distribution: Exponential, A: mean} }

// NewNormal is the bell curve around mean with standard deviation sd. It may be negative.
func NewNormal(mean, sd time.Duration) Draw { return Draw{Distribution: Normal, A: mean, B: sd} }

// NewLogNormal is median times e to a normal variate with standard deviation sigma: never negative, with a long tail.
func NewLogNormal(median time.Duration, sigma float64) Draw {
	return Draw{Distribution: LogNormal, A: median, Shape: sigma}
}

// NewPareto is at least least, with a tail that falls as the power alpha: the smaller alpha, the heavier the tail. Up
// to alpha 1 it has no finite mean.
func NewPareto(least time.Duration, alpha float64) Draw {
	return Draw{Distribution: Pareto, A: least, Shape: alpha}
}

// Longest bounds every drawn duration, in either direction, and every computed instant: 146 years.
const Longest = time.Duration(1) << 62

// Sample turns two independent uniform variates in [0, 1) into a value of the distribution. It is a pure function;
// distributions that need fewer than two variates ignore the rest. Results beyond 146 years are cut off there. Products are
// rounded before they are added, also where the machine could add without that: digests do not depend on it.
func (d Draw) Sample(u1, u2 float64) time.Duration {
	a := float64(d.A)
	switch d.Distribution {
	case Uniform:
		return clamp(a + float64(u1*(float64(d.B)-a)))
	case Exponential:
		return clamp(-a * math.Log1p(-u1))
	case Normal:
		return clamp(a + float64(float64(d.B)*bell(u1, u2)))
	case LogNormal:
		return clamp(a * math.Exp(d.Shape*bell(u1, u2)))
	case Pareto:
		return clamp(a * math.Pow(1-u1, -1/d.Shape))
	}
	return d.A
}

// bell is a standard normal variate, by the method of Box and Muller (1958).
func bell(u1, u2 float64) float64 {
	return math.Sqrt(-2*math.Log1p(-u1)) * math.Cos(2*math.Pi*u2)
}

func clamp(ns float64) time.Duration {
	switch {
	case ns >= float64(Longest):
		return Longest
	case ns <= -float64(Longest):
		return -Longest
	}
	return time.Duration(ns)
}

// Mean is the expected value, cut off at 146 years where it is not finite (Pareto with alpha up to 1).
func (d Draw) Mean() time.Duration {
	switch d.Distribution {
	case Uniform:
		return d.A + (d.B-d.A)/2
	case LogNormal:
		return clamp(float64(d.A) * math.Exp(d.Shape*d.Shape/2))
	case Pareto:
		if d.Shape <= 1 {
			return Longest
		}
		return clamp(float64(d.A) * d.Shape / (d.Shape - 1))
	}
	return d.A
}

// String reads as a script would write it: "10ms", "uniform(1ms, 5ms)", "pareto(1ms, 1.5)".
func (d Draw) String() string {
	a, b := notation(d.A), notation(d.B)
	shape := strconv.FormatFloat(d.Shape, 'g', -1, 64)
	switch d.Distribution {
	case Fixed:
		return a
	case Uniform:
		return fmt.Sprintf("uniform(%s, %s)", a, b)
	case Exponential:
		return fmt.Sprintf("exponential(%s)", a)
	case Normal:
		return fmt.Sprintf("normal(%s, %s)", a, b)
	case LogNormal:
		return fmt.Sprintf("lognormal(%s, %s)", a, shape)
	case Pareto:
		return fmt.Sprintf("pareto(%s, %s)", a, shape)
	}
	return fmt.Sprintf("distribution %d", d.Distribution)
}

// Validate says which parameter is outside its range, with its value. Fixed, Uniform and Normal may be negative here,
// as a jitter may be.
func (d Draw) Validate() error {
	switch d.Distribution {
	case Fixed:
		return nil
	case Uniform:
		if d.A > d.B {
			return fmt.Errorf("%v: low is %s, want at most high, %s", d, notation(d.A), notation(d.B))
		}
	case Exponential:
		return d.atLeast("mean", d.A, 0)
	case Normal:
		return d.atLeast("standard deviation", d.B, 0)
	case LogNormal:
		if !(d.Shape >= 0) || math.IsInf(d.Shape, 1) {
			return fmt.Errorf("%v: sigma is %v, want a finite number from 0", d, d.Shape)
		}
		return d.atLeast("median", d.A, 0)
	case Pareto:
		if !(d.Shape > 0) || math.IsInf(d.Shape, 1) {
			return fmt.Errorf("%v: alpha is %v, want a finite number above 0", d, d.Shape)
		}
		return d.atLeast("smallest value", d.A, 1)
	default:
		return fmt.Errorf("%v is unknown, want 0 to %d", d, Pareto)
	}
	return nil
}

func (d Draw) atLeast(what string, got, least time.Duration) error {
	if got < least {
		return fmt.Errorf("%v: %s is %s, want %s or more", d, what, notation(got), notation(least))
	}
	return nil
}
