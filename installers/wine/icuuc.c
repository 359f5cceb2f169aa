/* Stands in for Windows's icuuc.dll, which Wine 10 lacks: every converter is refused, so that Qt
   falls back to its own. */
#include <stddef.h>
#define EXPORT __declspec(dllexport)
#define UNSUPPORTED 16 /* U_UNSUPPORTED_ERROR */
EXPORT void *ucnv_open(const char *name, int *error) { (void)name; *error = UNSUPPORTED; return NULL; }
EXPORT void ucnv_close(void *converter) { (void)converter; }
EXPORT void ucnv_reset(void *converter) { (void)converter; }
EXPORT signed char ucnv_getMaxCharSize(void *converter) { (void)converter; return 1; }
EXPORT const char *ucnv_getName(void *converter, int *error) { (void)converter; *error = UNSUPPORTED; return NULL; }
EXPORT void ucnv_getToUCallBack(void *converter, void **action, void **context) { (void)converter; *action = *context = NULL; }
EXPORT void ucnv_getFromUCallBack(void *converter, void **action, void **context) { (void)converter; *action = *context = NULL; }
EXPORT void ucnv_setToUCallBack(void *a, void *b, void *c, void *d, void *e, int *error) { (void)a; (void)b; (void)c; (void)d; (void)e; *error = UNSUPPORTED; }
EXPORT void ucnv_setFromUCallBack(void *a, void *b, void *c, void *d, void *e, int *error) { (void)a; (void)b; (void)c; (void)d; (void)e; *error = UNSUPPORTED; }
EXPORT void ucnv_cbToUWriteUChars(void *a, void *b, int c, int d, int *error) { (void)a; (void)b; (void)c; (void)d; *error = UNSUPPORTED; }
EXPORT void ucnv_cbFromUWriteUChars(void *a, void *b, int c, int d, int *error) { (void)a; (void)b; (void)c; (void)d; *error = UNSUPPORTED; }
EXPORT void ucnv_toUnicode(void *a, void *b, void *c, void *d, void *e, void *f, signed char g, int *error) { (void)a; (void)b; (void)c; (void)d; (void)e; (void)f; (void)g; *error = UNSUPPORTED; }
EXPORT void ucnv_fromUnicode(void *a, void *b, void *c, void *d, void *e, void *f, signed char g, int *error) { (void)a; (void)b; (void)c; (void)d; (void)e; (void)f; (void)g; *error = UNSUPPORTED; }
EXPORT int ucnv_toUCountPending(void *converter, int *error) { (void)converter; *error = UNSUPPORTED; return -1; }
EXPORT int ucnv_fromUCountPending(void *converter, int *error) { (void)converter; *error = UNSUPPORTED; return -1; }
EXPORT const char *ucnv_getStandardName(const char *name, const char *standard, int *error) { (void)name; (void)standard; *error = UNSUPPORTED; return NULL; }
EXPORT const char *ucnv_getAvailableName(int index) { (void)index; return NULL; }
EXPORT int ucnv_countAvailable(void) { return 0; }
EXPORT void UCNV_FROM_U_CALLBACK_SUBSTITUTE(void) {}
EXPORT void UCNV_TO_U_CALLBACK_SUBSTITUTE(void) {}
