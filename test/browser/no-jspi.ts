/** @file Makes the browser one without promise integration: what it loads then is what older browsers load. */
Reflect.deleteProperty(WebAssembly, "Suspending");
