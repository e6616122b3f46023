// Uppy in a page that holds no token: a ticket for a folder stands where Companion would. Uppy 6; in 5 the option is `endpoint`.
import AwsS3 from "@uppy/aws-s3";
import Uppy from "@uppy/core";

/** Return an Uppy whose files go below the prefix of `ticket`, the URL that minting one gave. */
export function uploader(ticket, { endpointOption = "companionEndpoint", ...options } = {}) {
  const uppy = new Uppy({ autoProceed: true });
  uppy.use(AwsS3, { [endpointOption]: ticket, ...options });
  return uppy;
}
