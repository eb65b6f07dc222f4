// The classic dashboard of Grafana, with the options and styles of the kinds of panels that we use.
import type { Dashboard, FieldConfigSource, Panel, RowPanel } from "@grafana/schema";
import type * as bargauge from "@grafana/schema/dist/esm/raw/composable/bargauge/panelcfg/x/BarGaugePanelCfg_types.gen";
import type * as stat from "@grafana/schema/dist/esm/raw/composable/stat/panelcfg/x/StatPanelCfg_types.gen";
import type * as timeseries from "@grafana/schema/dist/esm/raw/composable/timeseries/panelcfg/x/TimeSeriesPanelCfg_types.gen";

// JSON has the text of an enumeration's value, which TypeScript does not take for the value.
type Json<T> = T extends string
  ? `${T}`
  : T extends (infer Item)[]
    ? Json<Item>[]
    : T extends object
      ? { [Key in keyof T]: Json<T[Key]> }
      : T;

interface Shaped<Type, Options, Style> extends Omit<Panel, "type" | "options" | "fieldConfig" | "targets"> {
  type: Type;
  // Grafana adds the defaults of those that are missing.
  options: Partial<Options>;
  fieldConfig: Omit<FieldConfigSource, "defaults"> & {
    defaults: Omit<FieldConfigSource["defaults"], "custom" | "links"> & { custom?: Style; links?: Link[] };
  };
  targets: Target[];
}

interface Link {
  title: string;
  url: string;
  targetBlank: boolean;
}

// Of the plugin for Prometheus, which publishes no types.
interface Target {
  refId: string;
  datasource: { type: "prometheus"; uid: string };
  expr: string;
  legendFormat: string;
  format: "time_series" | "table" | "heatmap";
  exemplar: boolean;
  instant: boolean;
  range: boolean;
}

type AnyPanel =
  | Shaped<"timeseries", timeseries.Options, timeseries.FieldConfig>
  | Shaped<"stat", stat.Options, never>
  | Shaped<"bargauge", bargauge.Options, never>
  | RowPanel;

export type ClassicDashboard = Json<Omit<Dashboard, "panels"> & { panels: AnyPanel[] }>;
