// Prints the keys of every component of a collector as JSON: names and types from the Go structs, and what each key
// takes from trying it: decoded by confmap, then checked by the component's own Validate.
//
// It is compiled into the main package of the program that it describes, in place of its main function.
package main

import (
	"encoding"
	"encoding/json"
	"fmt"
	"go/scanner"
	"go/token"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"sort"
	"strconv"
	"strings"
	"time"

	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/confmap"
	"go.opentelemetry.io/collector/otelcol"
)

// node is one key.
type node struct {
	Is    string           `json:"is"`              // struct, map, list, duration, text, whole, number, truth, any
	Go    string           `json:"go,omitempty"`    // the Go type that holds it, for keys of shared settings
	Keys  map[string]*node `json:"keys,omitempty"`  // of a struct
	Of    *node            `json:"of,omitempty"`    // a list's or map's entries
	Open  bool             `json:"open,omitempty"`  // other keys are taken, too
	Takes string           `json:"takes"`           // letters of `trials` that can be decoded
	OneOf []string         `json:"oneOf,omitempty"` // all the words that are taken
	Case  bool             `json:"case,omitempty"`  // and their case matters
	Least *int             `json:"least,omitempty"` // the smallest of -1, 0, 1 that is taken, if not -1
	Most  *int             `json:"most,omitempty"`  // of words that have numbers, too: the largest that is taken
	Above bool             `json:"above,omitempty"` // a duration must be more than 0
	Needs []string         `json:"needs,omitempty"` // of a struct that can't be empty: one of these must be set
}

// nonsense is no word of any list; the second could be the name of a component.
const nonsense, name = "kit-no-such", "kitnosuch"

// trials are values of each kind that YAML has.
var trials = []struct {
	letter string
	value  any
}{
	{"n", nil}, {"b", true}, {"i", 7}, {"f", 1.5}, {"s", "a"}, {"d", "5s"}, {"l", []any{}}, {"L", []any{"a"}},
	{"m", map[string]any{}}, {"M", map[string]any{"a": "b"}},
}

type factory interface{ CreateDefaultConfig() component.Config }

type walker struct {
	make    func() any
	sample  map[string]any
	folders map[string]string
	root    string
	within  []reflect.Type
}

func main() {
	factories, err := components()
	if err != nil {
		panic(err)
	}
	var input struct {
		Samples map[string]map[string]any `json:"samples"`
		Folders map[string]string         `json:"folders"`
	}
	if err := json.NewDecoder(os.Stdin).Decode(&input); err != nil {
		panic(err)
	}
	result := map[string]map[string]*node{}
	add := func(kind string, name string, made factory) {
		if result[kind] == nil {
			result[kind] = map[string]*node{}
		}
		w := walker{func() any { return made.CreateDefaultConfig() }, input.Samples[kind+"/"+name], input.Folders, "", nil}
		if w.sample == nil {
			w.sample = map[string]any{}
		}
		config := reflect.TypeOf(w.make())
		w.root = deref(config).PkgPath()
		if err := w.decode(w.sample, true); err != nil {
			fmt.Fprintf(os.Stderr, "%s/%s: the sample is not valid: %v\n", kind, name, err)
		}
		began := time.Now()
		result[kind][name] = w.walk(config, nil, "", 0)
		if took := time.Since(began); took > 5*time.Second {
			fmt.Fprintf(os.Stderr, "%s/%s: %s\n", kind, name, took)
		}
	}
	for name, made := range factories.Receivers {
		add("receivers", name.String(), made)
	}
	for name, made := range factories.Processors {
		add("processors", name.String(), made)
	}
	for name, made := range factories.Exporters {
		add("exporters", name.String(), made)
	}
	for name, made := range factories.Connectors {
		add("connectors", name.String(), made)
	}
	for name, made := range factories.Extensions {
		add("extensions", name.String(), made)
	}
	add("service", "telemetry", telemetry(factories))
	encoder := json.NewEncoder(os.Stdout)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "")
	if err := encoder.Encode(map[string]any{"components": result, "functions": functions()}); err != nil {
		panic(err)
	}
}

func telemetry(factories otelcol.Factories) factory { return factories.Telemetry }

func deref(t reflect.Type) reflect.Type {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	return t
}

// walk describes a type; path leads to it: a key, "[]" for an entry of a list, "{}" for one of a map.
func (w walker) walk(t reflect.Type, path []string, holder string, depth int) *node {
	t = deref(t)
	optional := false
	if strings.HasPrefix(t.Name(), "Optional[") && strings.HasSuffix(t.PkgPath(), "configoptional") {
		field, _ := t.FieldByName("value")
		t, optional = deref(field.Type), true
	}
	n := &node{Go: holder}
	switch {
	case t == reflect.TypeFor[time.Duration]():
		n.Is = "duration"
	case t.Kind() == reflect.Struct && !isText(t):
		n.Is = "struct"
	case isText(t), t.Kind() == reflect.String:
		n.Is = "text"
	case t.Kind() == reflect.Bool:
		n.Is = "truth"
	case t.Kind() >= reflect.Int && t.Kind() <= reflect.Uint64:
		n.Is = "whole"
	case t.Kind() == reflect.Float32, t.Kind() == reflect.Float64:
		n.Is = "number"
	case t.Kind() == reflect.Map:
		n.Is = "map"
	case t.Kind() == reflect.Slice, t.Kind() == reflect.Array:
		n.Is = "list"
	default:
		n.Is = "any"
	}
	// A policy of policies, for one: below the second there is nothing new.
	if n.Is == "struct" && (slices.Contains(w.within, t) || depth > 12) {
		n.Is, n.Open = "any", true
	}
	w.within = append(w.within[:len(w.within):len(w.within)], t)
	n.Takes = w.takes(path)
	switch n.Is {
	case "struct":
		n.Keys = map[string]*node{}
		w.fields(t, path, n, depth)
		if optional {
			if _, there := n.Keys["enabled"]; !there && w.decode(w.with(path, map[string]any{"enabled": true}), false) == nil {
				n.Keys["enabled"] = &node{Is: "truth", Takes: w.takes(append(path[:len(path):len(path)], "enabled"))}
			}
		}
		n.Needs = w.needs(path, n)
		n.Open = n.Open || w.decode(w.with(path, map[string]any{"kit_no_such_key": 1}), false) == nil
		if len(n.Keys) == 0 && n.Open {
			n.Is = "any"
		}
	case "map":
		n.Of = w.walk(t.Elem(), append(path[:len(path):len(path)], "{}"), "", depth+1)
	case "list":
		n.Of = w.walk(t.Elem(), append(path[:len(path):len(path)], "[]"), "", depth+1)
	case "text":
		n.OneOf = w.words(t, path, n)
		if len(n.OneOf) > 0 && strings.Contains(n.Takes, "i") && w.valid(path) {
			n.Least, n.Most = w.numbers(path)
		}
	case "whole", "number":
		n.Least = w.least(path)
	case "duration":
		if w.valid(path) && w.decode(w.with(path, "1h"), true) == nil {
			n.Above = w.decode(w.with(path, "0s"), true) != nil
			if w.decode(w.with(path, "-1s"), true) != nil {
				zero := 0
				n.Least = &zero
			}
		}
	}
	return n
}

func (w walker) fields(t reflect.Type, path []string, n *node, depth int) {
	for i := range t.NumField() {
		field := t.Field(i)
		name, options, _ := strings.Cut(field.Tag.Get("mapstructure"), ",")
		if name == "-" {
			continue
		}
		if strings.Contains(options, "squash") {
			inner := deref(field.Type)
			if strings.HasPrefix(inner.Name(), "Optional[") {
				value, _ := inner.FieldByName("value")
				inner = deref(value.Type)
			}
			if inner.Kind() == reflect.Struct {
				w.fields(inner, path, n, depth)
			}
			continue
		}
		if strings.Contains(options, "remain") {
			n.Open = true
			continue
		}
		if !field.IsExported() {
			continue
		}
		if name == "" {
			name = field.Name
		}
		below := append(path[:len(path):len(path)], name)
		holder := ""
		if strings.Contains(t.PkgPath(), "collector/config/") {
			holder = filepath.Base(t.PkgPath()) + "." + t.Name()
		}
		n.Keys[name] = w.walk(field.Type, below, holder, depth+1)
	}
}

func isText(t reflect.Type) bool {
	return reflect.PointerTo(t).Implements(reflect.TypeFor[encoding.TextUnmarshaler]())
}

func (w walker) takes(path []string) string {
	letters := ""
	for _, trial := range trials {
		if w.decode(w.with(path, trial.value), false) == nil {
			letters += trial.letter
		}
	}
	return letters
}

// needs are the keys that can each be read alone, where the sample has something and nothing at all can't be read.
func (w walker) needs(path []string, n *node) []string {
	if at(w.sample, path) == nil || strings.Contains(n.Takes, "m") {
		return nil
	}
	names := []string{}
	// Without it the sample's own would be merged.
	emptied, _ := put(w.sample, path, nil).(map[string]any)
	for key := range n.Keys {
		for _, trial := range trials[1:] {
			if alone, _ := put(emptied, path, map[string]any{key: trial.value}).(map[string]any); w.decode(alone, false) == nil {
				names = append(names, key)
				break
			}
		}
	}
	sort.Strings(names)
	return names
}

// at is what is at a path of the sample.
func at(value any, path []string) any {
	if len(path) == 0 || value == nil {
		return value
	}
	if path[0] == "[]" {
		if list, ok := value.([]any); ok && len(list) > 0 {
			return at(list[0], path[1:])
		}
		return nil
	}
	key := path[0]
	if key == "{}" {
		key = "a"
	}
	m, _ := value.(map[string]any)
	return at(m[key], path[1:])
}

// valid says whether the sample can be checked with something at the path's holder.
func (w walker) valid(path []string) bool { return w.decode(w.sample, true) == nil && len(path) > 0 }

func (w walker) least(path []string) *int {
	if !w.valid(path) {
		return nil
	}
	for _, tried := range []int{-1, 0, 1} {
		if w.decode(w.with(path, tried), true) == nil {
			if tried == -1 {
				return nil
			}
			return &tried
		}
	}
	return nil
}

// numbers are the smallest and the largest that stand for a word; nil where any is taken.
func (w walker) numbers(path []string) (least *int, most *int) {
	const few = 20
	for tried := -few; tried <= few; tried++ {
		if w.decode(w.with(path, tried), true) != nil {
			continue
		}
		if least == nil {
			least = &tried
		}
		most = &tried
	}
	if least != nil && *least == -few {
		least = nil
	}
	if most != nil && *most == few {
		most = nil
	}
	return least, most
}

// words are all that a text may be, where it may not be anything.
func (w walker) words(t reflect.Type, path []string, n *node) []string {
	if w.decode(w.with(path, name), false) == nil && w.decode(w.with(path, nonsense), false) != nil {
		return nil
	}
	check := w.valid(path)
	if w.decode(w.with(path, nonsense), false) == nil && !(check && w.decode(w.with(path, nonsense), true) != nil) {
		return nil
	}
	full := check && w.decode(w.with(path, nonsense), false) == nil
	found := map[string]bool{}
	for _, pkg := range []string{t.PkgPath(), w.root} {
		for _, word := range literals(w.folders[pkg]) {
			if w.decode(w.with(path, word), full) != nil {
				continue
			}
			// Where the case does not matter, lower case is how it is written.
			if lower := strings.ToLower(word); w.decode(w.with(path, lower), full) == nil {
				word = lower
			}
			found[word] = true
		}
	}
	delete(found, "")
	if len(found) < 2 {
		return nil
	}
	for word := range found {
		if upper := strings.ToUpper(word); upper != word && w.decode(w.with(path, upper), full) != nil {
			n.Case = true
		}
	}
	words := []string{}
	for word := range found {
		words = append(words, word)
	}
	sort.Strings(words)
	return words
}

var (
	short = regexp.MustCompile(`^[A-Za-z0-9_.+-]{0,40}$`)
	read  = map[string][]string{}
)

// literals are the short strings in a package's sources.
func literals(folder string) []string {
	if known, there := read[folder]; there || folder == "" {
		return known
	}
	found := map[string]bool{}
	files, _ := filepath.Glob(filepath.Join(folder, "*.go"))
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		text, err := os.ReadFile(file)
		if err != nil {
			continue
		}
		var s scanner.Scanner
		set := token.NewFileSet()
		s.Init(set.AddFile(file, set.Base(), len(text)), text, nil, 0)
		for {
			_, kind, literal := s.Scan()
			if kind == token.EOF {
				break
			}
			if kind == token.STRING {
				if word, err := strconv.Unquote(literal); err == nil && short.MatchString(word) {
					found[word] = true
				}
			}
		}
	}
	words := []string{}
	for word := range found {
		words = append(words, word)
	}
	sort.Strings(words)
	read[folder] = words
	return words
}

// with is the sample with a value at a path.
func (w walker) with(path []string, value any) map[string]any {
	if len(path) == 0 {
		if m, ok := value.(map[string]any); ok {
			return merged(w.sample, m)
		}
		return map[string]any{"kit_no_such_key": value}
	}
	root, _ := put(w.sample, path, value).(map[string]any)
	return root
}

func put(base any, path []string, value any) any {
	if len(path) == 0 {
		m, isMap := value.(map[string]any)
		b, both := base.(map[string]any)
		if isMap && both && len(m) > 0 {
			return merged(b, m)
		}
		return value
	}
	if path[0] == "[]" {
		var first any
		if list, ok := base.([]any); ok && len(list) > 0 {
			first = list[0]
		}
		return []any{put(first, path[1:], value)}
	}
	b, _ := base.(map[string]any)
	key := path[0]
	if key == "{}" {
		key = "a"
	}
	return merged(b, map[string]any{key: put(b[key], path[1:], value)})
}

func merged(base map[string]any, over map[string]any) map[string]any {
	whole := map[string]any{}
	for key, value := range base {
		whole[key] = value
	}
	for key, value := range over {
		whole[key] = value
	}
	return whole
}

// decode reads a config, and checks it if asked to.
func (w walker) decode(config map[string]any, check bool) (err error) {
	defer func() {
		if caught := recover(); caught != nil {
			err = fmt.Errorf("%v", caught)
		}
	}()
	made := w.make()
	if err := confmap.NewFromStringMap(config).Unmarshal(&made); err != nil {
		return err
	}
	if check {
		return validate(made)
	}
	return nil
}
