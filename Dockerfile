# The image holds the static binary and the certificates it trusts, nothing else.
FROM golang:1.26 AS build
ARG VERSION=dev
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download
COPY . .
RUN make build VERSION=${VERSION}

FROM scratch
COPY --from=build /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/
COPY --from=build /src/build/adxexporter /adxexporter
USER 65532:65532
EXPOSE 8080 8081
ENTRYPOINT ["/adxexporter"]
