/* Pilotlight: the shape of an interface of aws-lambda-java-core, written for these tests. Not the library itself. */
package com.amazonaws.services.lambda.runtime;

public interface CognitoIdentity {
    String getIdentityId();
    String getIdentityPoolId();
}
