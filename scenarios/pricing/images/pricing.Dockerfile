# The pricing service of one release, and the exchange rates; `make samples`
# builds the binary.
FROM scratch
ARG VERSION
COPY bin/pricing-${VERSION} /pricing
USER 65534:65534
EXPOSE 8080
CMD ["/pricing"]
