package completion

import (
	"slices"
	"strings"

	"github.com/alecthomas/kong"
)

// Candidate is what a word could become.
type Candidate struct {
	Value string
	// Help says what it is; empty if it speaks for itself.
	Help string
}

// Candidates returns what the last of the words could become; the others are the
// command line before it, without the program's name. None means that the shell
// should offer files.
func Candidates(app *kong.Application, words []string) []Candidate {
	words, split := join(words)
	if len(words) == 0 {
		words = []string{""}
	}
	before, last := words[:len(words)-1], words[len(words)-1]
	p := position{node: app.Node}
	for _, word := range before {
		p = p.after(word)
	}
	var found []Candidate
	for _, c := range p.all(last) {
		if strings.HasPrefix(c.Value, last) {
			c.Value = strings.TrimPrefix(c.Value, split)
			found = append(found, c)
		}
	}
	return found
}

// join puts the parts of --flag=value together that bash takes for three words. What
// the last word has been given that way is no part of what bash expects.
func join(words []string) (joined []string, split string) {
	for i, word := range words {
		n := len(joined) - 1
		isLast := i == len(words)-1
		switch {
		case word == "=" && n >= 0 && isFlag(joined[n]):
			joined[n] += "="
			if isLast {
				split = joined[n]
			}
		case n >= 0 && isFlag(joined[n]) && strings.HasSuffix(joined[n], "=") && i > 0 && words[i-1] == "=":
			if isLast {
				split = joined[n]
			}
			joined[n] += word
		default:
			joined = append(joined, word)
		}
	}
	return joined, split
}

func isFlag(word string) bool { return strings.HasPrefix(word, "--") }

// position is a place in a command line.
type position struct {
	node *kong.Node
	// flag is set after a flag whose value is the next word.
	flag *kong.Flag
	// ended is set after --: no flag follows.
	ended bool
}

// after returns the position after one more word.
func (p position) after(word string) position {
	switch {
	case p.flag != nil:
		p.flag = nil
	case p.ended:
	case word == "--":
		p.ended = true
	case strings.HasPrefix(word, "-"):
		if f := p.find(word); f != nil && !f.IsBool() && !strings.Contains(word, "=") {
			p.flag = f
		}
	default:
		if i := slices.IndexFunc(p.node.Children, func(n *kong.Node) bool { return n.Name == word }); i >= 0 {
			p.node = p.node.Children[i]
		}
	}
	return p
}

// find returns the flag that a word names, or nil.
func (p position) find(word string) *kong.Flag {
	name, _, _ := strings.Cut(strings.TrimLeft(word, "-"), "=")
	for _, f := range p.flags() {
		if f.Name == name || (f.Short != 0 && string(f.Short) == name) {
			return f
		}
	}
	return nil
}

// flags are those that may stand here: the command's, those of the commands that it
// belongs to, and at the top those of the default command.
func (p position) flags() []*kong.Flag {
	var all []*kong.Flag
	for n := p.node; n != nil; n = n.Parent {
		all = append(all, n.Flags...)
	}
	if p.node.DefaultCmd != nil {
		all = append(all, p.node.DefaultCmd.Flags...)
	}
	return slices.DeleteFunc(all, func(f *kong.Flag) bool { return f.Hidden })
}

// all returns everything that may stand here and looks like the word.
func (p position) all(word string) []Candidate {
	switch name, _, hasValue := strings.Cut(word, "="); {
	case p.flag != nil:
		return values("", p.flag)
	case !p.ended && hasValue && strings.HasPrefix(word, "-"):
		if f := p.find(name); f != nil {
			return values(name+"=", f)
		}
		return nil
	case !p.ended && strings.HasPrefix(word, "-"):
		return names(p.flags())
	}
	var list []Candidate
	for _, n := range p.node.Children {
		if !n.Hidden {
			list = append(list, Candidate{n.Name, n.Help})
		}
	}
	for _, argument := range p.node.Positional {
		for _, value := range argument.EnumSlice() {
			list = append(list, Candidate{Value: value})
		}
	}
	return list
}

// values are those that a flag may have, if there is a list of them.
func values(prefix string, f *kong.Flag) []Candidate {
	var list []Candidate
	for _, value := range f.EnumSlice() {
		if value != "" {
			list = append(list, Candidate{Value: prefix + value})
		}
	}
	return list
}

// names are those of flags.
func names(flags []*kong.Flag) []Candidate {
	var list []Candidate
	for _, f := range flags {
		list = append(list, Candidate{"--" + f.Name, f.Help})
		if f.Tag.Negatable != "" {
			list = append(list, Candidate{"--no-" + f.Name, "Not: " + f.Help})
		}
	}
	return list
}
