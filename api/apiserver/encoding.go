package apiserver

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"strconv"
	"strings"

	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/runtime/serializer"
	utilruntime "k8s.io/apimachinery/pkg/util/runtime"
	clientscheme "k8s.io/client-go/kubernetes/scheme"

	"github.com/adx-mon/adxexporter/api/apiserver/store"
)

// maxBody is the longest body that is read, as in a cluster.
const maxBody = 3 << 20

// codecs reads and writes bodies.
type codecs struct {
	scheme *runtime.Scheme
	infos  []runtime.SerializerInfo
}

func newCodecs() codecs {
	scheme := runtime.NewScheme()
	utilruntime.Must(clientscheme.AddToScheme(scheme))
	utilruntime.Must(apiextensionsv1.AddToScheme(scheme))
	utilruntime.Must(metav1.AddMetaToScheme(scheme))
	factory := serializer.NewCodecFactory(scheme, serializer.DisablePretty,
		serializer.WithStreamingCollectionEncodingToJSON(), serializer.WithStreamingCollectionEncodingToProtobuf())
	return codecs{scheme, factory.SupportedMediaTypes()}
}

// media is what an answer is to look like.
type media struct {
	runtime.SerializerInfo
	// as is the kind that objects are shown as; empty means as they are.
	as string
}

// The kinds that objects can be shown as.
const (
	asTable    = "Table"
	asPartial  = "PartialObjectMetadata"
	asPartials = "PartialObjectMetadataList"
)

// negotiate returns the first of the accepted media that the server has. Objects of
// custom resources have no protobuf.
func (c codecs) negotiate(accept string, protobuf bool) (media, error) {
	if accept == "" {
		accept = runtime.ContentTypeJSON
	}
	for wanted := range strings.SplitSeq(accept, ",") {
		name, params, err := mime.ParseMediaType(wanted)
		if err != nil || !shownAs(params) {
			continue
		}
		if name == "*/*" || name == "application/*" {
			name = runtime.ContentTypeJSON
		}
		info, ok := runtime.SerializerInfoForMediaType(c.infos, name)
		if ok && (info.MediaType != runtime.ContentTypeProtobuf || inProtobuf(protobuf, params["as"])) {
			return media{info, params["as"]}, nil
		}
	}
	return media{}, status(http.StatusNotAcceptable, metav1.StatusReasonNotAcceptable,
		"only the following media types are accepted: application/json, application/yaml, application/vnd.kubernetes.protobuf (built-in types)")
}

// shownAs reports whether the server can show objects as a media type wants.
func shownAs(params map[string]string) bool {
	switch params["as"] {
	case "":
		return true
	case asTable, asPartial, asPartials:
		return params["g"] == metav1.GroupName && params["v"] == "v1"
	default:
		return false
	}
}

// inProtobuf reports whether there is protobuf for what objects are shown as.
func inProtobuf(builtin bool, as string) bool {
	return as != asTable && (builtin || as != "")
}

func status(code int32, reason metav1.StatusReason, message string) error {
	return &apierrors.StatusError{ErrStatus: metav1.Status{Status: metav1.StatusFailure, Code: code, Reason: reason, Message: message}}
}

// body reads the whole body of a request.
func body(q *request) ([]byte, error) {
	data, err := io.ReadAll(io.LimitReader(q.Body, maxBody+1))
	if err != nil {
		return nil, apierrors.NewBadRequest(fmt.Sprintf("cannot read the body: %v", err))
	}
	if len(data) > maxBody {
		return nil, apierrors.NewRequestEntityTooLargeError(fmt.Sprintf("limit is %d", maxBody))
	}
	return data, nil
}

// decoder returns who reads a body of a content type.
func (c codecs) decoder(contentType string, protobuf bool) (runtime.SerializerInfo, error) {
	if contentType == "" {
		contentType = runtime.ContentTypeJSON
	}
	name, _, err := mime.ParseMediaType(contentType)
	info, ok := runtime.SerializerInfoForMediaType(c.infos, name)
	if err != nil || !ok || !protobuf && info.MediaType == runtime.ContentTypeProtobuf {
		return info, status(http.StatusUnsupportedMediaType, metav1.StatusReasonUnsupportedMediaType,
			fmt.Sprintf("the body of the request was in an unknown format - %q", contentType))
	}
	return info, nil
}

// decode reads an object of the request's resource. Unknown fields become warnings
// or an error, as the request wants.
func (s *Server) decode(w http.ResponseWriter, q *request, data []byte, contentType string) (store.Object, error) {
	info, err := s.codecs.decoder(contentType, q.custom == nil)
	if err != nil {
		return nil, err
	}
	decoder := info.Serializer
	if q.strictness() != metav1.FieldValidationIgnore {
		decoder = info.StrictSerializer
	}
	object := q.made()
	into := any(object).(runtime.Object)
	if u, ok := object.(*unstructured.Unstructured); ok {
		u.Object = nil
	}
	_, kind, err := decoder.Decode(data, &q.kind, into)
	unknown, err := unknownFields(err)
	if err != nil {
		return nil, apierrors.NewBadRequest(err.Error())
	}
	if *kind != q.kind {
		return nil, apierrors.NewBadRequest(fmt.Sprintf("the API version in the data (%s, %s) does not match the expected API version (%s, %s)",
			kind.GroupVersion(), kind.Kind, q.kind.GroupVersion(), q.kind.Kind))
	}
	kindOf(object, q.kind)
	pruned, err := q.prune(object)
	if err != nil {
		return nil, apierrors.NewBadRequest(err.Error())
	}
	return object, q.complain(w, append(unknown, pruned...))
}

// unknownFields takes the findings of a strict decoder out of its error.
func unknownFields(err error) (unknown []string, other error) {
	strict, ok := runtime.AsStrictDecodingError(err)
	if !ok {
		return nil, err
	}
	for _, err := range strict.Errors() {
		unknown = append(unknown, err.Error())
	}
	return unknown, nil
}

// prune removes what the schema of a custom resource does not know, also within the
// metadata, and says what it was.
func (r *resource) prune(object store.Object) (unknown []string, err error) {
	if r.custom == nil {
		return nil, nil
	}
	u := object.(*unstructured.Unstructured)
	if unknown, err = pruneMeta(u); err != nil {
		return nil, err
	}
	for _, path := range r.custom.Prune(u.Object) {
		unknown = append(unknown, fmt.Sprintf("unknown field %q", path))
	}
	return unknown, nil
}

// pruneMeta makes the metadata what its Go type can hold.
func pruneMeta(u *unstructured.Unstructured) (unknown []string, err error) {
	content, found, err := unstructured.NestedMap(u.Object, "metadata")
	if err != nil || !found {
		return nil, err
	}
	var meta metav1.ObjectMeta
	err = runtime.DefaultUnstructuredConverter.FromUnstructuredWithValidation(content, &meta, true)
	if unknown, err = unknownFields(err); err != nil {
		return nil, fmt.Errorf("cannot read metadata: %w", err)
	}
	clean, err := runtime.DefaultUnstructuredConverter.ToUnstructured(&meta)
	if err != nil {
		return nil, err
	}
	if meta.CreationTimestamp.IsZero() {
		delete(clean, "creationTimestamp")
	}
	u.Object["metadata"] = clean
	return unknown, nil
}

// complain warns of unknown fields, or refuses them.
func (q *request) complain(w http.ResponseWriter, unknown []string) error {
	switch {
	case len(unknown) == 0 || q.strictness() == metav1.FieldValidationIgnore:
		return nil
	case q.strictness() == metav1.FieldValidationStrict:
		return apierrors.NewBadRequest("strict decoding error: " + strings.Join(unknown, ", "))
	}
	for _, text := range unknown {
		w.Header().Add("Warning", "299 - "+strconv.Quote(text))
	}
	return nil
}

// respond writes an object as the request wants to see it.
func (s *Server) respond(w http.ResponseWriter, q *request, code int, object runtime.Object) error {
	shown, err := q.show(object)
	if err != nil {
		return err
	}
	var buffer bytes.Buffer
	if err := q.media.Serializer.Encode(shown, &buffer); err != nil {
		return err
	}
	w.Header().Set("Content-Type", q.media.MediaType)
	w.WriteHeader(code)
	_, _ = w.Write(buffer.Bytes()) // a client that is gone is no error of ours
	return nil
}

// show returns an object, or a list, as the request wants to see it.
func (q *request) show(object runtime.Object) (runtime.Object, error) {
	switch q.media.as {
	case asTable:
		return q.tableOf(object)
	case asPartial, asPartials:
		return partialOf(object)
	default:
		return object, nil
	}
}

// fail writes an error as a Status.
func (s *Server) fail(w http.ResponseWriter, err error) {
	var known apierrors.APIStatus
	if !errors.As(err, &known) {
		known = apierrors.NewInternalError(err)
	}
	answer := known.Status()
	answer.TypeMeta = metav1.TypeMeta{Kind: "Status", APIVersion: "v1"}
	if answer.Details != nil && answer.Details.RetryAfterSeconds > 0 {
		w.Header().Set("Retry-After", strconv.Itoa(int(answer.Details.RetryAfterSeconds)))
	}
	writeJSON(w, int(answer.Code), answer)
}

// writeJSON writes what has no codec of its own.
func writeJSON(w http.ResponseWriter, code int, answer any) {
	text, err := json.Marshal(answer)
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", runtime.ContentTypeJSON)
	w.WriteHeader(code)
	_, _ = w.Write(append(text, '\n'))
}

// asKind sets the kind of an answer that is no object of a resource.
func asKind[T runtime.Object](object T, kind schema.GroupVersionKind) T {
	kindOf(object, kind)
	return object
}
