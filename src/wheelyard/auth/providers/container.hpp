#pragma once

#include <chrono>
#include <memory>
#include <string>

#include "wheelyard/auth/aws_context.hpp"
#include "wheelyard/auth/credentials.hpp"

namespace wheelyard::auth {

struct ContainerOptions {
  /// What AWS_CONTAINER_CREDENTIALS_RELATIVE_URI is relative to.
  std::string host = "http://169.254.170.2";
  int attempts = 3;
  std::chrono::milliseconds time{2'000};
  std::chrono::milliseconds pause{1'000};
};

/// The role of a task (ECS) or a pod (EKS Pod Identity), from AWS_CONTAINER_CREDENTIALS_RELATIVE_URI or else
/// AWS_CONTAINER_CREDENTIALS_FULL_URI, with the token of AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE or else
/// AWS_CONTAINER_AUTHORIZATION_TOKEN
/// (https://docs.aws.amazon.com/sdkref/latest/guide/feature-container-credentials.html). A full URI over
/// plain HTTP must lead to this machine or to one of the addresses that ECS and EKS use: `find` throws
/// `invalid_argument` else.
std::unique_ptr<CredentialProvider> container_credentials(AwsContextPtr context,
                                                          ContainerOptions options = {});

}  // namespace wheelyard::auth
