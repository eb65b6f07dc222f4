package main

import (
	"reflect"
	"strings"

	"go.opentelemetry.io/collector/confmap"

	"github.com/open-telemetry/opentelemetry-collector-contrib/pkg/ottl"
	"github.com/open-telemetry/opentelemetry-collector-contrib/processor/filterprocessor"
	"github.com/open-telemetry/opentelemetry-collector-contrib/processor/transformprocessor"
)

func validate(config any) error { return confmap.Validate(config) }

// function is one of OTTL: how many arguments it must have, and may have.
type function struct {
	Least int      `json:"least"`
	Most  int      `json:"most"`
	Names []string `json:"names"`
}

func gather[K any](into map[string]function, factories []ottl.Factory[K]) {
	for _, factory := range factories {
		found := function{Names: []string{}}
		if arguments := factory.CreateDefaultArguments(); arguments != nil {
			t := deref(reflect.TypeOf(arguments))
			for i := range t.NumField() {
				found.Most++
				if !strings.HasPrefix(deref(t.Field(i).Type).Name(), "Optional[") {
					found.Least++
				}
				found.Names = append(found.Names, t.Field(i).Name)
			}
		}
		into[factory.Name()] = found
	}
}

// functions are those of OTTL, by processor.
func functions() any {
	transform, filter := map[string]function{}, map[string]function{}
	gather(transform, transformprocessor.DefaultSpanFunctions())
	gather(transform, transformprocessor.DefaultSpanEventFunctions())
	gather(transform, transformprocessor.DefaultMetricFunctions())
	gather(transform, transformprocessor.DefaultDataPointFunctions())
	gather(transform, transformprocessor.DefaultLogFunctions())
	gather(transform, transformprocessor.DefaultExemplarFunctions())
	gather(transform, transformprocessor.DefaultProfileFunctions())
	gather(filter, filterprocessor.DefaultResourceFunctions())
	gather(filter, filterprocessor.DefaultSpanFunctions())
	gather(filter, filterprocessor.DefaultSpanEventFunctions())
	gather(filter, filterprocessor.DefaultMetricFunctions())
	gather(filter, filterprocessor.DefaultDataPointFunctions())
	gather(filter, filterprocessor.DefaultLogFunctions())
	gather(filter, filterprocessor.DefaultProfileFunctions())
	return map[string]any{"transform": transform, "filter": filter}
}
