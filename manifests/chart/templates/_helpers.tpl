{{- define "adxexporter.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 52 | trimSuffix "-" -}}
{{- end -}}

{{- /* A pod's name, with its number, must fit a label of 63 characters, with the hash of its revision. */ -}}
{{- define "adxexporter.fullname" -}}
{{- $name := include "adxexporter.name" . -}}
{{- if .Values.fullnameOverride -}}
{{- .Values.fullnameOverride | trunc 52 | trimSuffix "-" -}}
{{- else if contains $name .Release.Name -}}
{{- .Release.Name | trunc 52 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-%s" .Release.Name $name | trunc 52 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}

{{- /* Two releases of one name may be in two namespaces. */ -}}
{{- define "adxexporter.clusterName" -}}
{{- default (printf "%s-%s" .Release.Namespace (include "adxexporter.fullname" .)) .Values.clusterNameOverride -}}
{{- end -}}

{{- define "adxexporter.serviceAccount" -}}
{{- if .Values.serviceAccount.create -}}
{{- default (include "adxexporter.fullname" .) .Values.serviceAccount.name -}}
{{- else -}}
{{- required "serviceAccount.name is empty: name the one that is there, or have one made with serviceAccount.create" .Values.serviceAccount.name -}}
{{- end -}}
{{- end -}}

{{- define "adxexporter.labels" -}}
app: {{ include "adxexporter.fullname" . }}
{{- if .Values.chartLabels }}
app.kubernetes.io/name: {{ include "adxexporter.name" . }}
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" }}
{{- end }}
{{- end -}}

{{- define "adxexporter.image" -}}
{{- if .Values.image.digest -}}
{{ .Values.image.repository }}@{{ .Values.image.digest }}
{{- else -}}
{{ .Values.image.repository }}:{{ default .Chart.AppVersion .Values.image.tag }}
{{- end -}}
{{- end -}}

{{- /* KEY=VALUE,... of a map. */ -}}
{{- define "adxexporter.pairs" -}}
{{- $pairs := list -}}
{{- range $key, $value := . }}{{ $pairs = append $pairs (printf "%s=%v" $key $value) }}{{ end -}}
{{- join "," $pairs -}}
{{- end -}}

{{- /* The variable that has the secret value of a header. */ -}}
{{- define "adxexporter.headerVariable" -}}
{{- printf "%s_HEADER_%s" .output .header | upper | replace "-" "_" -}}
{{- end -}}

{{- /* Arguments for one way to push; each is on a line of its own. Only what is not the default. */ -}}
{{- define "adxexporter.pushArgs" -}}
{{- $push := .push -}}
{{- $flag := .flag -}}
{{- range $push.endpoints }}
- {{ printf "--%s-endpoint=%s" $flag . | quote }}
{{- end }}
{{- range $header, $value := $push.headers }}
- {{ printf "--%s-header=%s=%s" $flag $header $value | quote }}
{{- end }}
{{- range $header, $secret := $push.secretHeaders }}
- {{ printf "--%s-header=%s=$(%s)" $flag $header (include "adxexporter.headerVariable" (dict "output" $flag "header" $header)) | quote }}
{{- end }}
{{- if $push.bearerToken.secretName }}
- --{{ $flag }}-bearer-token-file=/etc/adxexporter/{{ $flag }}/{{ $push.bearerToken.key }}
{{- end }}
{{- end -}}

{{- /* The port that probes ask, by its name. */ -}}
{{- define "adxexporter.probePort" -}}
{{ if .Values.telemetry.probePort }}probes{{ else }}telemetry{{ end }}
{{- end -}}

{{- /* How probes ask a telemetry port that speaks TLS. The kubelet takes any certificate. */ -}}
{{- define "adxexporter.probeScheme" -}}
{{ if and .Values.telemetry.authorization (not .Values.telemetry.probePort) }}scheme: HTTPS{{ end }}
{{- end -}}

{{- define "adxexporter.args" -}}
- run
{{- with .Values.clusterLabels }}
- {{ printf "--cluster-labels=%s" (include "adxexporter.pairs" .) | quote }}
{{- end }}
{{- range $database, $url := .Values.kusto.endpoints }}
- {{ printf "--kusto-endpoint=%s=%s" $database $url | quote }}
{{- end }}
{{- if .Values.workloadIdentity.enabled }}
- --kusto-auth=workload-identity
{{- else if ne .Values.kusto.auth "default" }}
- --kusto-auth={{ .Values.kusto.auth }}
{{- end }}
{{- with .Values.kusto.clientID }}
- --kusto-client-id={{ . }}
{{- end }}
{{- range .Values.kusto.trustedHosts }}
- --kusto-trusted-host={{ . }}
{{- end }}
{{- if ne (int .Values.kusto.concurrency) 32 }}
- --kusto-concurrency={{ int .Values.kusto.concurrency }}
{{- end }}
{{- range .Values.watchNamespaces }}
- --watch-namespace={{ . }}
{{- end }}
{{- if ne (include "adxexporter.fullname" .) "adxexporter" }}
- --peer-service={{ include "adxexporter.fullname" . }}
{{- end }}
{{- if not .Values.scrape.enabled }}
- --web.enable-lifecycle=false
{{- end }}
{{- if ne (int .Values.scrape.port) 8080 }}
- --web.listen-address=:{{ int .Values.scrape.port }}
{{- end }}
{{- if ne .Values.scrape.path "/metrics" }}
- --web.telemetry-path={{ .Values.scrape.path }}
{{- end }}
{{- if .Values.scrape.timestamps }}
- --exposition-timestamps
{{- end }}
{{- if ne (int .Values.telemetry.port) 8081 }}
- --telemetry.listen-address=:{{ int .Values.telemetry.port }}
{{- end }}
{{- if .Values.telemetry.probePort }}
- --telemetry.probe-address=:{{ int .Values.telemetry.probePort }}
{{- end }}
{{- if .Values.telemetry.authorization }}
- --telemetry.authorization
{{- end }}
{{- with .Values.tracing.endpoint }}
- --tracing-endpoint={{ . }}
{{- end }}
{{- if ne (float64 .Values.tracing.ratio) 1.0 }}
- --tracing-ratio={{ .Values.tracing.ratio }}
{{- end }}
{{- include "adxexporter.pushArgs" (dict "flag" "otlp" "push" .Values.push.otlp) }}
{{- with .Values.push.otlp.protocol }}
- --otlp-protocol={{ . }}
{{- end }}
{{- with .Values.push.resourceAttributes }}
- {{ printf "--add-resource-attributes=%s" (include "adxexporter.pairs" .) | quote }}
{{- end }}
{{- include "adxexporter.pushArgs" (dict "flag" "remote-write" "push" .Values.push.remoteWrite) }}
{{- if ne .Values.push.remoteWrite.version "auto" }}
- --remote-write-version={{ .Values.push.remoteWrite.version }}
{{- end }}
{{- if .Values.push.remoteWrite.entraID }}
- --remote-write-entra-id
{{- end }}
{{- if .Values.push.tls.secretName }}
{{- if .Values.push.tls.ca }}
- --push-ca-file=/etc/adxexporter/tls/ca.crt
{{- end }}
{{- if .Values.push.tls.clientCertificate }}
- --push-cert-file=/etc/adxexporter/tls/tls.crt
- --push-key-file=/etc/adxexporter/tls/tls.key
{{- end }}
{{- end }}
{{- if .Values.push.allowInsecureCredentials }}
- --allow-insecure-credentials
{{- end }}
{{- if ne .Values.push.order "live-first" }}
- --push-order={{ .Values.push.order }}
{{- end }}
{{- range .Values.push.inOrder }}
- --push-in-order={{ . }}
{{- end }}
{{- with .Values.metricNamePrefix }}
- --metric-name-prefix={{ . }}
{{- end }}
{{- if ne .Values.log.level "info" }}
- --log-level={{ .Values.log.level }}
{{- end }}
{{- if ne .Values.log.format "json" }}
- --log-format={{ .Values.log.format }}
{{- end }}
{{- if ne .Values.ring.profile "default" }}
- --ring-profile={{ .Values.ring.profile }}
{{- end }}
{{- if ne (int .Values.ring.commitRate) 50 }}
- --commit-rate={{ int .Values.ring.commitRate }}
{{- end }}
- --shutdown-timeout={{ int .Values.shutdownSeconds }}s
{{- range .Values.extraArgs }}
- {{ . | quote }}
{{- end }}
{{- end -}}

{{- /* The Secrets that are mounted, by the folder in /etc/adxexporter. */ -}}
{{- define "adxexporter.secrets" -}}
{{- with .Values.push.otlp.bearerToken.secretName }}
otlp: {{ . }}
{{- end }}
{{- with .Values.push.remoteWrite.bearerToken.secretName }}
remote-write: {{ . }}
{{- end }}
{{- with .Values.push.tls.secretName }}
tls: {{ . }}
{{- end }}
{{- end -}}

{{- /* What every container here keeps to: the pod security level "restricted". */ -}}
{{- define "adxexporter.podSecurity" -}}
runAsNonRoot: true
runAsUser: 65532
runAsGroup: 65532
seccompProfile:
  type: RuntimeDefault
{{- end -}}

{{- define "adxexporter.containerSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities:
  drop: [ALL]
{{- end -}}

{{- /* The rules of files/role.yaml for one role: "ClusterRole" or "Role" as generated, or with
watchNamespaces, of the first what is the cluster's ("rings") and what is a namespace's ("exporters"). */ -}}
{{- define "adxexporter.rules" -}}
{{- $part := .part -}}
{{- $rules := list -}}
{{- range splitList "\n---\n" (.root.Files.Get "files/role.yaml" | trimPrefix "---\n") -}}
{{- $role := fromYaml . -}}
{{- range $role.rules -}}
{{- $rings := hasPrefix "exporterrings" (first .resources) -}}
{{- $mine := eq $role.kind $part -}}
{{- if eq $part "rings" }}{{ $mine = and (eq $role.kind "ClusterRole") $rings }}{{ end -}}
{{- if eq $part "exporters" }}{{ $mine = and (eq $role.kind "ClusterRole") (not $rings) }}{{ end -}}
{{- if $mine }}{{ $rules = append $rules . }}{{ end -}}
{{- end -}}
{{- end -}}
{{- toYaml $rules -}}
{{- end -}}
