/* Pilotlight: the shape of an interface of aws-lambda-java-core, written for these tests. Not the library itself. */
package com.amazonaws.services.lambda.runtime;

public interface Client {
    String getInstallationId();
    String getAppTitle();
    String getAppVersionName();
    String getAppVersionCode();
    String getAppPackageName();
}
