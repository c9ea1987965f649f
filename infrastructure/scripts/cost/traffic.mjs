/** What an app is assumed to do in a month. `cost.mjs --requests N` changes the first; the others are by request. */
export const assumed = {
  requests: 1_000_000,
  /** Bytes of an answer with its headers, and of a log line. */
  answerBytes: 2_000,
  logBytes: 400,
  /** Of ten requests, eight read a document of up to 4 KB and two write one of up to 1 KB that is in two indexes. */
  readUnitsPerRequest: 0.8,
  writeUnitsPerRequest: 0.6,
  /** Documents with their indexes. */
  tableGigabytes: 1,
  /** Images share most of their layers. */
  imageGigabytes: 2,
  /** Records of refused connections. */
  flowLogGigabytes: 0.05,
  /** Other services' answers that come in through a NAT gateway or an endpoint: images, logs, secrets. */
  serviceGigabytes: 2,
}
