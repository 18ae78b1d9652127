package criteria

import (
	"fmt"
	"maps"
	"slices"

	"github.com/google/cel-go/cel"
	"github.com/google/cel-go/common/ast"
	"github.com/google/cel-go/common/overloads"
	"github.com/google/cel-go/common/types"
)

const (
	// labelsName is the variable that holds all cluster labels.
	labelsName = "labels"
	// costLimit bounds one evaluation. Ordinary criteria cost below a hundred;
	// a million takes some tens of milliseconds.
	costLimit = 1_000_000
	// sizeLimit is how many characters an expression may have, as in the CRD.
	// The parser's time grows faster than its input.
	sizeLimit = 2048
)

// ExpressionError says what is wrong with a criteria expression and where.
type ExpressionError struct {
	// Message is the reason, without the position.
	Message string
	// Line and Column are the place, both from 1. They are 0 if the mistake is
	// in the whole expression or in its result.
	Line, Column int

	cause error
}

// Error returns the position and the message.
func (e *ExpressionError) Error() string {
	if e.Line == 0 {
		return "invalid criteria expression: " + e.Message
	}
	return fmt.Sprintf("invalid criteria expression at %d:%d: %s", e.Line, e.Column, e.Message)
}

// Unwrap returns the cause that CEL gave, if any.
func (e *ExpressionError) Unwrap() error { return e.cause }

// expression is a compiled criteria expression.
type expression struct {
	program cel.Program
	// names are the labels that the expression uses by plain name, as spelled.
	names []string
}

// compileExpression parses, folds, type-checks and plans an expression.
func compileExpression(source string) (*expression, error) {
	env, err := newEnv()
	if err != nil {
		return nil, err
	}
	parsed, issues := env.Parse(source)
	if issues.Err() != nil {
		return nil, newIssueError(issues)
	}
	foldLiterals(parsed.NativeRep().Expr())
	names := freeNames(parsed.NativeRep().Expr())
	if env, err = env.Extend(declare(names)...); err != nil {
		return nil, &ExpressionError{Message: err.Error(), cause: err}
	}
	checked, issues := env.Check(parsed)
	if issues.Err() != nil {
		return nil, newIssueError(issues)
	}
	if checked.OutputType() != cel.BoolType {
		return nil, &ExpressionError{Message: fmt.Sprintf("the result must be bool, not %s", checked.OutputType())}
	}
	program, err := env.Program(checked, cel.CostLimit(costLimit))
	if err != nil {
		return nil, &ExpressionError{Message: err.Error(), cause: err}
	}
	return &expression{program: program, names: names}, nil
}

// newEnv returns CEL with its standard library and labels. The has macro is left
// out: labels answers "" for absent keys, so has would always be true.
func newEnv() (*cel.Env, error) {
	env, err := cel.NewEnv(
		cel.ParserExpressionSizeLimit(sizeLimit),
		cel.ClearMacros(),
		cel.Macros(cel.AllMacro, cel.ExistsMacro, cel.ExistsOneMacro, cel.MapMacro, cel.MapFilterMacro, cel.FilterMacro),
		cel.Variable(labelsName, cel.MapType(cel.StringType, cel.StringType)),
	)
	if err != nil {
		return nil, fmt.Errorf("cannot set CEL up: %w", err)
	}
	return env, nil
}

// declare makes each name a string variable.
func declare(names []string) []cel.EnvOption {
	options := make([]cel.EnvOption, 0, len(names))
	for _, name := range names {
		options = append(options, cel.Variable(name, cel.StringType))
	}
	return options
}

// evaluate runs the expression over folded labels.
func (e *expression) evaluate(folded map[string]string) (bool, error) {
	activation := map[string]any{labelsName: newLabelMap(folded)}
	for _, name := range e.names {
		activation[name] = folded[fold(name)]
	}
	result, _, err := e.program.Eval(activation)
	if err != nil {
		return false, &ExpressionError{Message: err.Error(), cause: err}
	}
	return result == types.True, nil
}

// newIssueError takes the first issue: the others often follow from it.
func newIssueError(issues *cel.Issues) error {
	first := issues.Errors()[0]
	mistake := &ExpressionError{Message: first.Message, cause: issues.Err()}
	if line := first.Location.Line(); line > 0 {
		mistake.Line, mistake.Column = line, first.Location.Column()+1
	}
	return mistake
}

// foldLiterals lower-cases the string literals below root, as labels are. In a
// regular expression that would change the meaning of \S or \W, so there the
// flag (?i) does it.
func foldLiterals(root ast.Expr) {
	patterns := make(map[int64]bool)
	factory := ast.NewExprFactory()
	ast.PreOrderVisit(root, ast.NewExprVisitor(func(e ast.Expr) {
		if pattern := regexOf(e); pattern != nil {
			patterns[pattern.ID()] = true
		}
		text, ok := stringLiteral(e)
		switch {
		case !ok:
		case patterns[e.ID()]:
			e.SetKindCase(factory.NewLiteral(e.ID(), types.String("(?i)"+text)))
		default:
			e.SetKindCase(factory.NewLiteral(e.ID(), types.String(fold(text))))
		}
	}))
}

// regexOf returns the argument of e that is a regular expression, if any:
// subject.matches(pattern) or matches(subject, pattern).
func regexOf(e ast.Expr) ast.Expr {
	if e.Kind() != ast.CallKind || e.AsCall().FunctionName() != overloads.Matches {
		return nil
	}
	args := e.AsCall().Args()
	if len(args) == 0 {
		return nil
	}
	return args[len(args)-1]
}

// freeNames returns the names that are not bound by CEL itself, sorted. A name
// that a macro binds (all, exists) may be among them; inside the macro its own
// variable hides the label.
func freeNames(root ast.Expr) []string {
	names := make(map[string]bool)
	accumulators := map[string]bool{labelsName: true}
	ast.PreOrderVisit(root, ast.NewExprVisitor(func(e ast.Expr) {
		if e.Kind() == ast.ComprehensionKind {
			accumulators[e.AsComprehension().AccuVar()] = true
		}
		if e.Kind() == ast.IdentKind {
			names[e.AsIdent()] = true
		}
	}))
	maps.DeleteFunc(names, func(name string, _ bool) bool { return accumulators[name] })
	return slices.Sorted(maps.Keys(names))
}

// stringLiteral returns the text of a string literal.
func stringLiteral(e ast.Expr) (string, bool) {
	if e.Kind() != ast.LiteralKind {
		return "", false
	}
	text, ok := e.AsLiteral().(types.String)
	return string(text), ok
}
