# Grazie alone in an image: one static program, the certificates that it checks
# mail providers with, and a folder for its data.
FROM golang:1.26 AS build
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download
COPY . .
RUN CGO_ENABLED=0 go build -trimpath -ldflags="-s -w" -o /image/grazie ./cmd/grazie
# A new volume takes over the owner and mode of this folder.
RUN install -d -m 0700 -o 65532 -g 65532 /image/data

FROM scratch
COPY --from=build /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/ca-certificates.crt
COPY --from=build /image/ /
USER 65532:65532
ENV GRAZIE_ADDR=0.0.0.0:8080 GRAZIE_DATA_DIR=/data
VOLUME /data
EXPOSE 8080
# No HEALTHCHECK: there is no shell or curl in here to run one. Ask from outside:
# /healthz tells whether the process runs, /readyz whether it can take webhooks.
ENTRYPOINT ["/grazie"]
CMD ["serve"]
