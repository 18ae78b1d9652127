package validation

import (
	"context"
	"fmt"

	"k8s.io/apiextensions-apiserver/pkg/apis/apiextensions"
	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
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

// Kind is the compiled schema and rules of one kind. The order of its checks, and
// which findings keep the CEL rules from running, are those of the API server's
// strategy for custom resources; that package itself is not imported because it
// brings an etcd client along. It may be used by several goroutines.
type Kind struct {
	namespaced bool
	structural *structural.Structural
	schema     schemavalidation.SchemaValidator
	rules      *cel.Validator
}

// Compile compiles one version of a CRD. It takes some tens of milliseconds.
func Compile(crd *apiextensionsv1.CustomResourceDefinition, version string) (*Kind, error) {
	gvk := schema.GroupVersionKind{Group: crd.Spec.Group, Version: version, Kind: crd.Spec.Names.Kind}
	var internal apiextensions.CustomResourceDefinition
	if err := apiextensionsv1.Convert_v1_CustomResourceDefinition_To_apiextensions_CustomResourceDefinition(crd.DeepCopy(), &internal, nil); err != nil {
		return nil, fmt.Errorf("cannot convert the CRD of %s: %w", gvk, err)
	}
	props, err := apiextensions.GetSchemaForVersion(&internal, version)
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
	return &Kind{
		namespaced: crd.Spec.Scope == apiextensionsv1.NamespaceScoped,
		structural: tree,
		schema:     validator,
		rules:      cel.NewValidator(tree, true, celconfig.PerCallLimit),
	}, nil
}

// Structural returns the schema, which must not be changed.
func (k *Kind) Structural() *structural.Structural { return k.structural }

// Prune removes the fields that the schema does not know, and returns their paths.
func (k *Kind) Prune(object map[string]any) []string {
	return pruning.PruneWithOptions(object, k.structural, true, structural.UnknownFieldPathOptions{TrackUnknownFieldPaths: true})
}

// Validate checks an object as it is to be stored: a new one, or, if old is not nil,
// one that replaces it. What was already wrong in old and has not been touched
// passes (ratcheting), as in the API server.
func (k *Kind) Validate(ctx context.Context, object, old *unstructured.Unstructured) field.ErrorList {
	if old == nil {
		return k.validate(ctx, object)
	}
	return k.validateUpdate(ctx, object, old)
}

// prepare returns a copy as the API server has it when validation begins:
// without unknown fields, and with a namespace where the kind wants one.
func (k *Kind) prepare(object *unstructured.Unstructured) *unstructured.Unstructured {
	object = object.DeepCopy()
	k.Prune(object.Object)
	if _, ok := object.Object["metadata"].(map[string]any); ok && k.namespaced && object.GetNamespace() == "" {
		object.SetNamespace(metav1.NamespaceDefault)
	}
	return object
}

// unknownFields returns the paths that pruning removes.
func (k *Kind) unknownFields(object *unstructured.Unstructured) field.ErrorList {
	var errs field.ErrorList
	for _, path := range k.Prune(object.DeepCopy().Object) {
		errs = append(errs, field.Forbidden(field.NewPath(path), "unknown field"))
	}
	return errs
}

// validate checks a new object.
func (k *Kind) validate(ctx context.Context, object *unstructured.Unstructured) field.ErrorList {
	errs := k.validateMeta(object)
	errs = append(errs, schemavalidation.ValidateCustomResource(nil, object.Object, k.schema)...)
	errs = append(errs, listtype.ValidateListSetsAndMaps(nil, k.structural, object.Object)...)
	return k.validateRules(ctx, errs, object.Object, nil)
}

// validateUpdate checks an object that replaces old. What was already wrong and
// has not been touched passes (ratcheting), as in the API server.
func (k *Kind) validateUpdate(ctx context.Context, object, old *unstructured.Unstructured) field.ErrorList {
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
func (k *Kind) validateRules(ctx context.Context, errs field.ErrorList, object, old map[string]any, options ...cel.Option) field.ErrorList {
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
func (k *Kind) validateMeta(object *unstructured.Unstructured) field.ErrorList {
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
