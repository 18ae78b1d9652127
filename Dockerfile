# The image holds the static binary and the certificates it trusts, nothing else. The
# same source, Go and arguments give the same bytes: no path of the build, no time
# and no state of a checkout is in the binary.
FROM --platform=$BUILDPLATFORM golang:1.26 AS build
ARG VERSION=dev
ARG TARGETOS=linux
ARG TARGETARCH=amd64
# The time that files have, in seconds since 1970.
ARG SOURCE_DATE_EPOCH=0
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download
COPY . .
RUN GOOS=${TARGETOS} GOARCH=${TARGETARCH} make build VERSION=${VERSION} \
	&& mkdir -p /image/etc/ssl/certs \
	&& cp build/adxexporter /image/adxexporter \
	&& cp /etc/ssl/certs/ca-certificates.crt /image/etc/ssl/certs/ \
	&& find /image -exec touch --no-dereference --date=@${SOURCE_DATE_EPOCH} {} +

FROM scratch
ARG VERSION=dev
LABEL org.opencontainers.image.title="adxexporter" \
	org.opencontainers.image.description="Turns Azure Data Explorer (Kusto) query results into metrics" \
	org.opencontainers.image.source="https://github.com/adx-mon/adxexporter" \
	org.opencontainers.image.licenses="MIT" \
	org.opencontainers.image.version="${VERSION}"
COPY --from=build /image /
# A number, so that Kubernetes can tell that it is not root.
USER 65532:65532
EXPOSE 8080 8081
ENTRYPOINT ["/adxexporter"]
