package criteria

import (
	"strings"
	"testing"

	"github.com/google/cel-go/common/types"
	"github.com/stretchr/testify/require"
	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	"sigs.k8s.io/yaml"

	"github.com/adx-mon/adxexporter/manifests"
)

func TestMatchCriteria(t *testing.T) {
	type list = map[string][]string
	cases := map[string]struct {
		reason   string
		criteria list
		labels   string
		want     bool
	}{
		"SourceOverview":       {"the document's example of criteria matching", list{"region": {"eastus", "westus"}, "environment": {"production"}}, "region=eastus,environment=production,team=sre", true},
		"SourceEnvironment":    {"the document's environment example", list{"environment": {"production"}}, "environment=production,region=eastus", true},
		"SourceTeamRegion":     {"the document's team and region example", list{"team": {"analytics", "data-science"}, "region": {"eastus", "westus"}}, "team=analytics,region=eastus,data-classification=approved", true},
		"SourceClassification": {"the document's data classification example", list{"data-classification": {"public", "internal"}, "priority": {"high"}}, "data-classification=internal,priority=high,team=platform", true},
		"SourceUseCase1":       {"the document's first use case on its own deployment", list{"environment": {"production"}, "team": {"platform"}}, "environment=production,team=platform,region=eastus", true},
		"SourceUseCase2":       {"the document's second use case on its own deployment", list{"team": {"analytics"}, "data-classification": {"customer-approved"}}, "team=analytics,data-classification=customer-approved,region=westus", true},
		"SourceUseCase3":       {"the document's third use case in Europe", list{"role": {"infrastructure"}, "region": {"eastus", "westus", "europe"}}, "role=infrastructure,region=europe", true},
		"SourceUseCase4":       {"the document's fourth use case on its own deployment", list{"scope": {"global"}, "priority": {"high", "critical"}}, "scope=global,priority=high", true},
		"UseCase2Elsewhere":    {"the second use case stays off the first one's deployment", list{"team": {"analytics"}, "data-classification": {"customer-approved"}}, "environment=production,team=platform,region=eastus", false},
		"Leak":                 {"one matching key is not enough: this would read secret data", list{"data-classification": {"public"}, "priority": {"high"}}, "data-classification=secret,priority=high", false},
		"KeyAbsent":            {"an instance that does not say its class is not trusted", list{"data-classification": {"public"}}, "priority=high", false},
		"NoLabels":             {"an instance without labels runs only what asks for none", list{"region": {"eastus"}}, "", false},
		"Empty":                {"no criteria: everywhere", nil, "", true},
		"CaseOfKey":            {"keys are case-insensitive", list{"Region": {"eastus"}}, "REGION=eastus", true},
		"CaseOfValue":          {"values are case-insensitive", list{"region": {"EastUS"}}, "region=eastUS", true},
		"NoSubstring":          {"a value matches whole", list{"region": {"eastus"}}, "region=eastus2", false},
		"NoValues":             {"nothing is accepted", list{"region": {}}, "region=eastus", false},
		"EmptyValueIsNoLabel":  {"an accepted empty value must not match an absent label", list{"region": {""}}, "team=sre", false},
		"TwoSpellingsAgree":    {"both keys must match", list{"region": {"a", "b"}, "Region": {"B", "c"}}, "region=b", true},
		"TwoSpellingsDiffer":   {"both keys must match", list{"region": {"a", "b"}, "Region": {"B", "c"}}, "region=a", false},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			matcher, err := Compile(tc.criteria, "")
			require.NoError(t, err)
			labels, err := ParseLabels([]string{tc.labels})
			require.NoError(t, err)
			got, err := matcher.Match(labels)
			require.NoError(t, err)
			require.Equal(t, tc.want, got, tc.reason)
		})
	}
}

func TestMatchExpression(t *testing.T) {
	const labels = "Region=EastUS,data-classification=Internal,priority=10,Type=Edge"
	cases := map[string]struct {
		expression string
		want       bool
	}{
		"PlainName":             {`region == 'eastus'`, true},
		"PlainNameAnyCase":      {`REGION == "EASTUS"`, true},
		"PlainNameOther":        {`region == 'westus'`, false},
		"MapIndex":              {`labels["region"] == "eastus"`, true},
		"MapIndexAnyCase":       {`labels["Region"] == "EastUS"`, true},
		"MapField":              {`labels.Region == "eastus"`, true},
		"MapComputedKey":        {`labels["REG" + "ION"] == "eastus"`, true},
		"KeyWithDash":           {`labels["data-classification"] in ["Public", "internal"]`, true},
		"AbsentName":            {`team == ""`, true},
		"AbsentKey":             {`labels["team"] == "" && labels.team == ""`, true},
		"Presence":              {`"REGION" in labels && !("team" in labels)`, true},
		"Size":                  {`size(labels) == 4`, true},
		"Not":                   {`!(region == "eastus" && priority == "10")`, false},
		"StartsWith":            {`region.startsWith("EAST")`, true},
		"Regex":                 {`region.matches("^EAST[A-Z]+$")`, true},
		"RegexClassKeepsItself": {`region.matches("^\\S+$") && !region.matches("^\\W+$")`, true},
		"RegexFunction":         {`matches(region, "^East")`, true},
		"Conversion":            {`int(priority) > 5`, true},
		"Exists":                {`["eastus", "westus"].exists(r, r == region)`, true},
		"BoundAndFree":          {`["x"].exists(region, region == "x") && region == "eastus"`, true},
		"ExistsOverLabels":      {`labels.exists(k, k.startsWith("data-"))`, true},
		"TypeIsALabel":          {`type == "edge"`, true},
		"Ternary":               {`region == "eastus" ? priority == "10" : false`, true},
		"Constant":              {`true`, true},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			matcher, err := Compile(nil, tc.expression)
			require.NoError(t, err)
			parsed, err := ParseLabels([]string{labels})
			require.NoError(t, err)
			got, err := matcher.Match(parsed)
			require.NoError(t, err)
			require.Equal(t, tc.want, got)
		})
	}
}

func TestCriteriaAndExpressionMustBothHold(t *testing.T) {
	matcher, err := Compile(map[string][]string{"region": {"eastus"}}, `team == "sre"`)
	require.NoError(t, err)
	for labels, want := range map[string]bool{
		"region=eastus,team=sre": true,
		"region=westus,team=sre": false,
		"region=eastus,team=dev": false,
		"region=eastus":          false,
	} {
		parsed, err := ParseLabels([]string{labels})
		require.NoError(t, err)
		got, err := matcher.Match(parsed)
		require.NoError(t, err)
		require.Equal(t, want, got, labels)
	}
}

func TestCompileRefuses(t *testing.T) {
	cases := map[string]struct {
		expression, want string
		line, column     int
	}{
		"Syntax":          {`region ==`, "Syntax error", 1, 10},
		"SecondLine":      {"region == 'a' &&\n  team = 'b'", "Syntax error", 2, 8},
		"NotBool":         {`region`, "the result must be bool, not string", 0, 0},
		"TypeMismatch":    {`region == 1`, "found no matching overload for '_==_'", 1, 8},
		"UnknownFunction": {`region == lower("a")`, "undeclared reference to 'lower'", 1, 16},
		"NoHas":           {`has(labels.region)`, "undeclared reference to 'has'", 1, 4},
		"ReservedWord":    {`namespace == "a"`, "reserved identifier: namespace", 1, 1},
		"FieldOfLabel":    {`region.zone == "a"`, "does not support field selection", 1, 7},
		"TooLong":         {strings.Repeat("!", 2049) + "true", "expression code point size exceeds limit: size: 2053, limit 2048", 0, 0},
		"BadRegex":        {`region.matches("(")`, "missing closing )", 0, 0},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			matcher, err := Compile(nil, tc.expression)
			if err == nil {
				_, err = matcher.Match(Labels{"region": "eastus"})
			}
			var mistake *ExpressionError
			require.ErrorAs(t, err, &mistake)
			require.Contains(t, mistake.Message, tc.want)
			require.Equal(t, []int{tc.line, tc.column}, []int{mistake.Line, mistake.Column})
			require.Contains(t, err.Error(), "invalid criteria expression")
		})
	}
}

// TestEvaluationFailsClosed covers expressions that compile but cannot be
// evaluated on some instance.
func TestEvaluationFailsClosed(t *testing.T) {
	numbers := "[" + strings.Repeat("1,", 99) + "1]"
	for name, expression := range map[string]string{
		"NotAString": `labels[dyn(1)] == ""`,
		"NotANumber": `int(region) > 5`,
		"TooCostly":  numbers + ".all(a, " + numbers + ".all(b, " + numbers + ".all(c, a + b + c > 0)))",
	} {
		t.Run(name, func(t *testing.T) {
			matcher, err := Compile(nil, expression)
			require.NoError(t, err)
			got, err := matcher.Match(Labels{"region": "eastus"})
			var mistake *ExpressionError
			require.ErrorAs(t, err, &mistake)
			require.Error(t, mistake.Unwrap())
			require.False(t, got)
		})
	}
}

func TestParseLabels(t *testing.T) {
	cases := map[string]struct {
		reason    string
		flags     []string
		want      Labels
		canonical string
		err       error
	}{
		"None":           {"no flag, no labels", nil, Labels{}, "", nil},
		"Empty":          {"an empty flag", []string{"", " , "}, Labels{}, "", nil},
		"List":           {"a list", []string{"region=eastus,team=sre"}, Labels{"region": "eastus", "team": "sre"}, "region=eastus,team=sre", nil},
		"Repeated":       {"a repeated flag", []string{"team=sre", "region=eastus"}, Labels{"region": "eastus", "team": "sre"}, "region=eastus,team=sre", nil},
		"Spelling":       {"queries see the user's spelling", []string{"Region=EastUS"}, Labels{"Region": "EastUS"}, "region=eastus", nil},
		"Spaces":         {"space around is not part of it", []string{" region = east us , "}, Labels{"region": "east us"}, "region=east us", nil},
		"EqualsInValue":  {"only the first = separates", []string{"endpoint=a=b=="}, Labels{"endpoint": "a=b=="}, "endpoint=a=b==", nil},
		"NoEquals":       {"a lone word", []string{"region"}, nil, "", ErrNoValue},
		"EmptyKey":       {"no key", []string{"=eastus"}, nil, "", ErrEmptyKey},
		"EmptyValue":     {"a variable that did not expand", []string{"region="}, nil, "", ErrEmptyValue},
		"DuplicateKey":   {"the same key twice", []string{"region=a", "region=a"}, nil, "", ErrDuplicateKey},
		"DuplicateCase":  {"the same key in two spellings", []string{"region=a,Region=b"}, nil, "", ErrDuplicateKey},
		"TooLong":        {"it would not fit into the status", []string{"k=" + strings.Repeat("x", MaxLength)}, nil, "", ErrTooLong},
		"JustLongEnough": {"the upper end", []string{"k=" + strings.Repeat("x", MaxLength-2)}, Labels{"k": strings.Repeat("x", MaxLength-2)}, "k=" + strings.Repeat("x", MaxLength-2), nil},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			got, err := ParseLabels(tc.flags)
			require.ErrorIs(t, err, tc.err, tc.reason)
			require.Equal(t, tc.want, got, tc.reason)
			require.Equal(t, tc.canonical, got.String())
			if tc.err != nil {
				var mistake *LabelError
				require.ErrorAs(t, err, &mistake)
				require.Contains(t, err.Error(), "cannot parse cluster label ")
				require.LessOrEqual(t, len(err.Error()), 120, "a message is one short line")
			}
		})
	}
}

func TestGroup(t *testing.T) {
	// Computed with: printf 'region=eastus,team=sre' | sha256sum | xxd -r -p | base32
	require.Equal(t, "gwublgsysgg", Labels{"Team": "SRE", "region": "EastUS"}.Group())
	require.Equal(t, "g4oymiquy7q", Labels{}.Group())
	require.NotEqual(t, Labels{"a": "b"}.Group(), Labels{"a": "c"}.Group())
}

// TestLabelMap covers the ways to a label that CEL's planner does not take today.
func TestLabelMap(t *testing.T) {
	labels := newLabelMap(map[string]string{"region": "eastus"})
	require.Equal(t, types.String("eastus"), labels.Get(types.String("Region")))
	require.Equal(t, types.String(""), labels.Get(types.String("team")))
	require.True(t, types.IsError(labels.Get(types.Int(1))), "a key that is no string is a mistake, not an absent label")
	require.Equal(t, types.True, labels.Contains(types.String("REGION")))
	require.True(t, types.IsError(labels.Contains(types.Int(1))))
}

// TestLimitsAreThoseOfTheCRD keeps what is accepted here storable there.
func TestLimitsAreThoseOfTheCRD(t *testing.T) {
	doc, err := manifests.CRDs.ReadFile("crd/adx-mon.azure.com_metricsexporters.yaml")
	require.NoError(t, err)
	var crd apiextensionsv1.CustomResourceDefinition
	require.NoError(t, yaml.Unmarshal(doc, &crd))
	fields := crd.Spec.Versions[0].Schema.OpenAPIV3Schema.Properties
	labels := fields["status"].Properties["groups"].Items.Schema.Properties["labels"]
	require.EqualValues(t, MaxLength, *labels.MaxLength)
	expression := fields["spec"].Properties["criteriaExpression"]
	require.EqualValues(t, sizeLimit, *expression.MaxLength)
}

// FuzzCompile expects that no expression panics and that an error is typed.
func FuzzCompile(f *testing.F) {
	for _, seed := range []string{`region == "eastus"`, `labels["a"] in ["b"]`, `labels.exists(k, k == "a")`, `a.matches("(")`, `[1].map(x, x)`, "\x00", `has(a.b)`, `labels`} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, source string) {
		matcher, err := Compile(nil, source)
		if err == nil {
			_, err = matcher.Match(Labels{"region": "eastus"})
		}
		if err != nil {
			var mistake *ExpressionError
			require.ErrorAs(t, err, &mistake)
		}
	})
}

// FuzzParseLabels expects that accepted labels survive their canonical form.
func FuzzParseLabels(f *testing.F) {
	for _, seed := range []string{"a=b,c=d", "A=B=C", "=", "a", " a = b ", "İ=x"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, flag string) {
		labels, err := ParseLabels([]string{flag})
		if err != nil {
			return
		}
		again, err := ParseLabels([]string{labels.String()})
		require.NoError(t, err)
		require.Equal(t, labels.Group(), again.Group())
	})
}

func BenchmarkCompile(b *testing.B) {
	for b.Loop() {
		if _, err := Compile(nil, `region == "eastus" && labels["team"] != "sre"`); err != nil {
			b.Fatal(err)
		}
	}
}
