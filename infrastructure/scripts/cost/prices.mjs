/**
 * List prices of us-east-1 in US dollars, without taxes, discounts and free allowances, as known in November 2026. They were written
 * down, not fetched: look at the page of each service before you rely on one (https://aws.amazon.com/SERVICE/pricing/).
 */
export const pricedAt = 'November 2026'

export const hoursOfAMonth = 730

export const prices = {
  // Source: AWS Fargate pricing.
  fargate: {
    ARM64: { vcpuHour: 0.03238, gigabyteHour: 0.00356 },
    X86_64: { vcpuHour: 0.04048, gigabyteHour: 0.004445 },
    // Changes with demand; two thirds off is usual.
    spotShareOfPrice: 0.32,
  },
  // Source: Elastic Load Balancing pricing. A unit is 25 new connections a second, or a gigabyte an hour.
  loadBalancer: { hour: 0.0225, capacityUnitHour: 0.008 },
  // Source: Amazon VPC pricing.
  publicAddressHour: 0.005,
  natGateway: { hour: 0.045, gigabyte: 0.045 },
  interfaceEndpoint: { hour: 0.01, gigabyte: 0.01 },
  // Source: Amazon API Gateway pricing, HTTP APIs.
  httpApiMillionRequests: 1,
  // Source: Amazon Route 53 pricing. Of a zone, which a private namespace of Cloud Map is too.
  zone: 0.5,
  // Source: Amazon DynamoDB pricing, on demand, standard table class.
  dynamodb: {
    millionReadUnits: 0.125,
    millionWriteUnits: 0.625,
    gigabyte: 0.25,
    recoveryGigabyte: 0.2,
    backupGigabyte: 0.1,
  },
  // Source: AWS Key Management Service pricing.
  key: 1,
  keyTenThousandRequests: 0.03,
  // Source: AWS Secrets Manager pricing.
  secret: 0.4,
  // Source: Amazon ECR pricing.
  imageGigabyte: 0.1,
  // Source: Amazon CloudWatch pricing.
  cloudwatch: { logGigabyte: 0.5, keptGigabyte: 0.03, alarm: 0.1, dashboard: 3, metric: 0.3 },
  // Source: AWS WAF pricing.
  firewall: { list: 5, rule: 1, millionRequests: 0.6 },
  // Source: Amazon EC2 pricing, data transfer out to the internet.
  outGigabyte: 0.09,
  // Source: Amazon ElastiCache pricing. Other sizes have to be added here.
  cacheNodeHour: {
    valkey: { 'cache.t4g.micro': 0.0128, 'cache.t4g.small': 0.0256, 'cache.t4g.medium': 0.052 },
    redis: { 'cache.t4g.micro': 0.016, 'cache.t4g.small': 0.032, 'cache.t4g.medium': 0.065 },
  },
}
