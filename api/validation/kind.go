package validation

import (
	"context"
	"fmt"

	"k8s.io/apiextensions-apiserver/pkg/apis/apiextensions"
	structural "k8s.io/apiextensions-apiserver/pkg/apiserver/schema"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema/cel"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema/cel/model"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema/listtype"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema/pruning"
	schemavalidation "k8s.io/apiextensions-apiserver/pkg/apiserver/validation"
	apivalidation "k8s.io/apimachinery/pkg/api/validation"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/util/validation/field"
	celconfig "k8s.io/apiserver/pkg/apis/cel"
	"k8s.io/apiserver/pkg/cel/common"
)

// kind is the compiled rules of one kind. The order of its checks, and which
// findings keep the CEL rules from running, are those of the API server's
// strategy for custom resources; that package itself is not imported because it
// brings an etcd client along.
type kind struct {
	namespaced bool
	structural *structural.Structural
	schema     schemavalidation.SchemaValidator
	rules      *cel.Validator
}

// newKind compiles one version of a CRD.
func newKind(crd *apiextensions.CustomResourceDefinition, gvk schema.GroupVersionKind) (*kind, error) {
	props, err := apiextensions.GetSchemaForVersion(crd, gvk.Version)
	if err != nil {
		return nil, fmt.Errorf("cannot find schema of %s: %w", gvk, err)
	}
	if props == nil || props.OpenAPIV3Schema == nil {
		return nil, fmt.Errorf("cannot find schema of %s: the CRD has none", gvk)
	}
	tree, err := structural.NewStructural(props.OpenAPIV3Schema)
	if err != nil {
		return nil, fmt.Errorf("cannot make schema of %s structural: %w", gvk, err)
	}
	validator, _, err := schemavalidation.NewSchemaValidator(props.OpenAPIV3Schema)
	if err != nil {
		return nil, fmt.Errorf("cannot compile schema of %s: %w", gvk, err)
	}
	return &kind{
		namespaced: crd.Spec.Scope == apiextensions.NamespaceScoped,
		structural: tree,
		schema:     validator,
		rules:      cel.NewValidator(tree, true, celconfig.PerCallLimit),
	}, nil
}

// prepare returns a copy as the API server has it when validation begins:
// without unknown fields, and with a namespace where the kind wants one.
func (k *kind) prepare(object *unstructured.Unstructured) *unstructured.Unstructured {
	object = object.DeepCopy()
	pruning.Prune(object.Object, k.structural, true)
	if _, ok := object.Object["metadata"].(map[string]any); ok && k.namespaced && object.GetNamespace() == "" {
		object.SetNamespace(metav1.NamespaceDefault)
	}
	return object
}

// unknownFields returns the paths that pruning removes.
func (k *kind) unknownFields(object *unstructured.Unstructured) field.ErrorList {
	removed := pruning.PruneWithOptions(object.DeepCopy().Object, k.structural, true, structural.UnknownFieldPathOptions{TrackUnknownFieldPaths: true})
	var errs field.ErrorList
	for _, path := range removed {
		errs = append(errs, field.Forbidden(field.NewPath(path), "unknown field"))
	}
	return errs
}

// validate checks a new object.
func (k *kind) validate(ctx context.Context, object *unstructured.Unstructured) field.ErrorList {
	errs := k.validateMeta(object)
	errs = append(errs, schemavalidation.ValidateCustomResource(nil, object.Object, k.schema)...)
	errs = append(errs, listtype.ValidateListSetsAndMaps(nil, k.structural, object.Object)...)
	return k.validateRules(ctx, errs, object.Object, nil)
}

// validateUpdate checks an object that replaces old. What was already wrong and
// has not been touched passes (ratcheting), as in the API server.
func (k *kind) validateUpdate(ctx context.Context, object, old *unstructured.Unstructured) field.ErrorList {
	correlated := common.NewCorrelatedObject(object.Object, old.Object, &model.Structural{Structural: k.structural})
	errs := k.validateMeta(object)
	errs = append(errs, schemavalidation.ValidateCustomResourceUpdate(nil, object.Object, old.Object, k.schema, schemavalidation.WithRatcheting(correlated))...)
	if len(listtype.ValidateListSetsAndMaps(nil, k.structural, old.Object)) == 0 {
		errs = append(errs, listtype.ValidateListSetsAndMaps(nil, k.structural, object.Object)...)
	}
	return k.validateRules(ctx, errs, object.Object, old.Object, cel.WithRatcheting(correlated))
}

// validateRules adds the findings of the CEL rules, which only run on objects
// of the right shape. A nil old means that the object is new.
func (k *kind) validateRules(ctx context.Context, errs field.ErrorList, object, old map[string]any, options ...cel.Option) field.ErrorList {
	if blocksRules(errs) {
		return append(errs, field.Invalid(nil, nil, "some rules were not checked because the object was invalid; correct the existing errors to complete validation"))
	}
	var before any
	if old != nil {
		before = old
	}
	found, _ := k.rules.Validate(ctx, nil, k.structural, object, before, celconfig.RuntimeCELCostBudget, options...)
	return append(errs, found...)
}

// validateMeta checks the object's name, labels and the like.
func (k *kind) validateMeta(object *unstructured.Unstructured) field.ErrorList {
	path := field.NewPath("metadata")
	content, found, err := unstructured.NestedMap(object.Object, "metadata")
	if err != nil || !found {
		return field.ErrorList{field.Required(path, "an object needs a name")}
	}
	var meta metav1.ObjectMeta
	if err := runtime.DefaultUnstructuredConverter.FromUnstructured(content, &meta); err != nil {
		return field.ErrorList{field.Invalid(path, content, err.Error())}
	}
	return apivalidation.ValidateObjectMeta(&meta, k.namespaced, apivalidation.NameIsDNSSubdomain, path)
}

// blocksRules reports whether a finding is so basic that CEL could not cope.
func blocksRules(errs field.ErrorList) bool {
	for _, err := range errs {
		switch err.Type {
		case field.ErrorTypeNotSupported, field.ErrorTypeRequired, field.ErrorTypeTooLong, field.ErrorTypeTooMany, field.ErrorTypeTypeInvalid:
			return true
		default:
		}
	}
	return false
}
