package main

import (
	"go.opentelemetry.io/collector/confmap/xconfmap"
	"go.opentelemetry.io/collector/otelcol"

	"github.com/jaegertracing/jaeger/cmd/jaeger/internal"
)

func components() (otelcol.Factories, error) { return internal.Components() }

func validate(config any) error { return xconfmap.Validate(config) }

// functions are those of OTTL: Jaeger's config has none of the kit's.
func functions() any { return map[string]any{} }
