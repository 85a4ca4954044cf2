/* What Java cannot do: change the variables and the folder of its own process, or give the process to another program. */
#include <errno.h>
#include <jni.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

/* Reads a byte[] that ends with a zero; to be freed by the caller. NULL when there is no memory. */
static char *text(JNIEnv *env, jobjectArray texts, jsize at)
{
    jbyteArray bytes = (*env)->GetObjectArrayElement(env, texts, at);
    jsize length = (*env)->GetArrayLength(env, bytes);
    char *copy = malloc((size_t)length);
    if (copy != NULL)
        (*env)->GetByteArrayRegion(env, bytes, 0, length, (jbyte *)copy);
    (*env)->DeleteLocalRef(env, bytes);
    return copy;
}

/* Names and values in turns become the whole environment. 0, or the errno. */
JNIEXPORT jint JNICALL Java_pilotlight_runtime_Stem_setVariables(JNIEnv *env, jclass type, jobjectArray texts)
{
    (void)type;
    if (clearenv() != 0)
        return ENOMEM;
    jsize count = (*env)->GetArrayLength(env, texts);
    for (jsize i = 0; i + 1 < count; i += 2) {
        char *name = text(env, texts, i);
        char *value = text(env, texts, i + 1);
        int failed = name == NULL || value == NULL ? ENOMEM : setenv(name, value, 1) != 0 ? errno : 0;
        free(name);
        free(value);
        if (failed != 0)
            return failed;
    }
    return 0;
}

JNIEXPORT jint JNICALL Java_pilotlight_runtime_Stem_changeFolder(JNIEnv *env, jclass type, jbyteArray folder)
{
    (void)type;
    jbyte *path = (*env)->GetByteArrayElements(env, folder, NULL);
    if (path == NULL)
        return ENOMEM;
    int failed = chdir((char *)path) != 0 ? errno : 0;
    (*env)->ReleaseByteArrayElements(env, folder, path, JNI_ABORT);
    return failed;
}

/* Returns only when it failed. The virtual machine blocks signals, which the next program would inherit. */
JNIEXPORT jint JNICALL Java_pilotlight_runtime_Stem_execute(JNIEnv *env, jclass type, jbyteArray program)
{
    (void)type;
    jbyte *path = (*env)->GetByteArrayElements(env, program, NULL);
    if (path == NULL)
        return ENOMEM;
    char *arguments[] = {(char *)path, NULL};
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    execv((char *)path, arguments);
    int failed = errno;
    (*env)->ReleaseByteArrayElements(env, program, path, JNI_ABORT);
    return failed;
}
